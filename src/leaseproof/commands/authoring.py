"""For the author of a proof: list, scaffold, record, replay."""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from invoke import Context, Exit

from leaseproof.commands.context import Settings, command, settings_from_environment
from leaseproof.commands.specs import import_pair
from leaseproof.database import private
from leaseproof.database.invariants import load_invariants
from leaseproof.database.roles import ROLE_NAMES
from leaseproof.database.run import open_run
from leaseproof.errors import LeaseproofError
from leaseproof.proof import listing
from leaseproof.proof.files import replace as replace_file
from leaseproof.proof.files import write_new
from leaseproof.proof.kept import keep as keep_database
from leaseproof.proof.kept import look_inside
from leaseproof.proof.manifest import Proof, discover, load_proof, shown_path
from leaseproof.proof.nearest import find_proof, hint
from leaseproof.proof.outcome import ProofResult
from leaseproof.proof.pool import Arena, Pool
from leaseproof.proof.record import EVERY_SCHEDULE, record
from leaseproof.proof.replay import report, with_order
from leaseproof.proof.runner import run_proof
from leaseproof.proof.scaffold import new_pair
from leaseproof.proof.script import Step
from leaseproof.proof.timeline import WIDTH

FOLDER = "proofs"
RAN = ("passed", "failed")
PATIENCE_MS = 86_400_000  # of a waiting step while a person looks on
DB_URL_HELP = "PostgreSQL to use instead of OUTBOX_EVIDENCE_DB_URL or the private one"


class _Stopped(Exception):
    """The person who looks on has seen enough."""


@command(
    name="list",
    help={
        "invariant": "only proofs of this invariant, as fencing",
        "sqlstate": "only proofs that expect this SQLSTATE, as P7002",
        "role": "only proofs with a session of this role, as outbox_executor",
        "function": "only proofs that call this function",
        "json": "as JSON",
    },
)
def list_(
    _context: Context,
    invariant: str = "",
    sqlstate: str = "",
    role: str = "",
    function: str = "",
    json: bool = False,
) -> None:
    """List the proofs."""
    settings = settings_from_environment()
    proofs, problems = discover(settings.root / FOLDER, settings.root)
    chosen = listing.select(proofs, invariant=invariant, sqlstate=sqlstate, role=role, function=function)
    print(listing.to_json(chosen) if json else listing.to_table(chosen, width=_width()))
    if problems:
        raise Exit("\n".join(["", *(str(problem) for problem in problems)]), code=1)


@command(help={"name": "INVARIANT/SENTENCE, as fencing/a_stale_token_cannot_complete"})
def new(_context: Context, name: str) -> None:
    """Make a pair of files that runs green at once, for you to turn into the attack."""
    settings = settings_from_environment()
    made = new_pair(name, root=settings.root, ids=_ids(settings))
    for path in made:
        print(f"made {shown_path(path, settings.root)}")
    stem = shown_path(made[0].with_suffix(""), settings.root).removeprefix(f"{FOLDER}/")
    print(f"Write the attack, then: ./scripts/invoke proofs.replay {stem}")


@command(
    name="record",
    iterable=["role"],
    help={
        "file": "the SQL file of the proof, or a spec of PostgreSQL's isolation tester",
        "role": "SESSION=ROLE, or just ROLE for a file without a marker; may be given again",
        "every": "record every interleaving of the steps instead of the file's own order",
        "force": "change a manifest that a person accepted",
        "from_output": "for FILE.spec: take the expectations from this expected output of the spec",
        "db_url": DB_URL_HELP,
    },
)
def record_(
    _context: Context,
    file: str,
    role: list[str] | None = None,
    every: bool = False,
    force: bool = False,
    from_output: str = "",
    db_url: str = "",
) -> None:
    """Write the manifest of a SQL file from what the database answers, for a person to read and accept."""
    settings = settings_from_environment(db_url or None)
    if file.endswith(".spec"):
        import_pair(settings, file, from_output=from_output)
        return
    if from_output:
        raise LeaseproofError(
            f"got --from-output for {file}; expected a spec, as NAME.spec: only a spec has an expected output; leave it out"
        )
    path = _sql_path(settings, file)
    roles = _roles(role or [])
    with _pool(settings, "record") as pool:
        recording = record(path, root=settings.root, pool=pool, roles=roles, every=every, ids=_ids(settings))
    shown = shown_path(recording.path, settings.root)
    if not recording.changed:
        print(f"{shown} says what the database answers: nothing to record.")
        return
    print(recording.text if recording.previous is None else recording.difference())
    if recording.previous is None:
        write_new(recording.path, recording.text)
    elif recording.accepted and not force:
        raise LeaseproofError(
            f"got other answers than {shown}, which a person accepted; expected no difference; mend the"
            " SQL or the model,"
            " or say --force to write what is shown above"
        )
    else:
        replace_file(recording.path, recording.text)
    print(f"\nwrote {shown}: read it, sharpen it, then delete accepted = false. Until then the proof is red.")


@command(
    help={
        "name": "an id, a path, a name or a part of one",
        "schedule": "show, keep or step through only this schedule, from 1",
        "keep": "leave the database as it is after the schedule, and say how to connect",
        "step": "stop before each step, and say how to look inside",
        "db_url": DB_URL_HELP,
    },
)
def replay(
    _context: Context, name: str, schedule: int = 0, keep: bool = False, step: bool = False, db_url: str = ""
) -> None:
    """Run one proof alone and show its sessions as lanes over time, expected beside got."""
    settings = settings_from_environment(db_url or None)
    if step and not sys.stdin.isatty():
        raise LeaseproofError(
            "got --step without a terminal; expected somebody to press Enter; leave --step out"
        )
    proof = _find(settings, name)
    if (keep or step) and not settings.database_url:
        private.up(root=settings.root)
    with _pool(settings, "replay") as pool:
        result = run_proof(proof, pool, passed_kept=EVERY_SCHEDULE)
        if (keep or step) and result.result in RAN:
            result = _again(proof, result, pool, schedule or None, keeps=keep, stops=step)
            schedule = 0
    print(report(proof, result, number=schedule or None, colour=_colour()))
    if result.result != "passed":
        raise Exit(code=1)


def _again(
    proof: Proof, result: ProofResult, pool: Pool, number: int | None, *, keeps: bool, stops: bool
) -> ProofResult:
    """Run one schedule again for a person who stops in it or keeps its database."""
    chosen = with_order(proof, result, number)
    if stops:
        chosen = replace(chosen, manifest=replace(chosen.manifest, timeout_ms=PATIENCE_MS))
    arenas: list[Arena] = []

    def before(arena: Arena, step: Step) -> None:
        if stops:
            if arenas != [arena]:
                print(f"Look inside from another terminal with:\n  {look_inside(arena.database)}")
            _stop(step)
        arenas[:] = [arena]

    try:
        result = run_proof(chosen, pool, on_launch=before)
    except _Stopped:
        raise Exit("Stopped.", code=1) from None
    if keeps and arenas and result.result in RAN:
        kept = keep_database(pool.run, arenas[0], Path(proof.path).stem)
        print(f"Kept the database {kept}. Look inside with:\n  {look_inside(kept)}\n")
    return result


def _stop(step: Step) -> None:
    """Wait until the person who looks on wants the next step."""
    print(f"\nNext: @{step.phase} {step.name}: {step.session}")
    print("\n".join(f"  {line}" for line in step.sql.splitlines()))
    try:
        answer = input("Enter runs it, q stops here: ")
    except EOFError:
        answer = "q"
    if answer.strip().lower() == "q":
        raise _Stopped


@contextmanager
def _pool(settings: Settings, label: str) -> Iterator[Pool]:
    model = settings.root / "sql"
    with open_run(url=settings.database_url, root=settings.root) as run:
        pool = Pool(run, load_invariants(model / "invariants"), label=label)
        try:
            yield pool
        finally:
            pool.close()


def _find(settings: Settings, name: str) -> Proof:
    """Return the proof that a person means; one whose file is unsound is refused with its own sentence."""
    folder = settings.root / FOLDER
    files = {path.with_suffix(".sql") for path in folder.rglob("*") if path.suffix in (".sql", ".toml")}
    ids = {proof_id: path for path, proof_id in _ids(settings)}
    path = find_proof(name, sorted(shown_path(each, settings.root) for each in files), ids)
    return load_proof(settings.root / path, settings.root)


def _sql_path(settings: Settings, file: str) -> Path:
    """Return the SQL file of a path as typed: from the root, from proofs/, with any suffix or none."""
    given = Path(file)
    stem = given.with_suffix("") if given.suffix in (".sql", ".toml") else given
    for folder in (settings.root, settings.root / FOLDER):
        if (path := folder / f"{stem}.sql").is_file():
            return path
    return settings.root / f"{stem}.sql"


def _roles(given: Sequence[str]) -> dict[str, str]:
    """Return session to role, "" for a role alone."""
    roles = {}
    for each in given:
        session, _, role = each.rpartition("=")
        if role not in ROLE_NAMES:
            raise LeaseproofError(
                f"got role {role!r}; expected one of {', '.join(ROLE_NAMES)}{hint(role, ROLE_NAMES)}"
            )
        roles[session] = role
    return roles


def _ids(settings: Settings) -> list[tuple[str, str]]:
    proofs, _ = discover(settings.root / FOLDER, settings.root)
    return [(proof.path, proof.manifest.id) for proof in proofs]


def _width() -> int:
    return max(WIDTH, shutil.get_terminal_size().columns) if sys.stdout.isatty() else WIDTH


def _colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")

"""Proofs and schedules a second, beside the same statements as bare SQL on one connection a core.

The proofs run as a user runs them: a pytest with workers, its start and end included. Nothing is asserted.
"""

import cProfile
import json
import pstats
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from leaseproof.database.invariants import load_invariants
from leaseproof.database.run import Run, write_state
from leaseproof.database.wire import Wire, rows_of
from leaseproof.errors import DatabaseError, LeaseproofError
from leaseproof.proof.manifest import discover
from leaseproof.proof.pool import Pool
from leaseproof.proof.pytest_process import run_pytest
from leaseproof.proof.runner import run_proof

FEASIBLE = 14  # of the 20 merges of two sessions with three steps each, where the second waits for the first
REFUSED = "SELECT * FROM claim_outbox_batch({batch}, 'worker', 30)"
ENQUEUE = (
    "SELECT outbox_id FROM enqueue_payment_outbox('i-{n}', 'participant', 'key', 'SEPA', '{{\"amount\": 1}}')"
)
CLAIM = "SELECT lease_token FROM claim_outbox_batch(1, 'worker', 30)"
COMPLETE = "SELECT * FROM complete_outbox_attempt('{payment}', '{token}', 'worker', 'DISPATCHED')"

_ONE_STEP = """-- Batch size {batch} is refused.
{statement};
"""
_ONE_STEP_MANIFEST = """id = "B-{n}"
claim = "Batch size {batch} is refused."
invariant = "arguments"
[sessions]
worker = "outbox_executor"
[expect]
attack = "22023"
"""
_RACE = """-- Of two workers with one lease, one completes payment {n}.

-- @setup enqueue: ingest
SELECT outbox_id AS payment
FROM enqueue_payment_outbox('instruction-{n}', 'participant', 'key', 'SEPA', '{{"amount": 1}}') \\gset

-- @setup claim: a
SELECT lease_token AS token FROM claim_outbox_batch(1, 'worker', 30) \\gset

-- @step begin_a: a
BEGIN;

-- @step complete_a: a
SELECT * FROM complete_outbox_attempt(:'payment', :'token', 'worker', 'DISPATCHED');

-- @step commit_a: a
COMMIT;

-- @step begin_b: b
BEGIN;

-- @step complete_b: b
SELECT * FROM complete_outbox_attempt(:'payment', :'token', 'worker', 'DISPATCHED');

-- @step commit_b: b
COMMIT;
"""
_RACE_MANIFEST = """id = "R-{n}"
claim = "Of two workers with one lease, one completes payment {n}."
invariant = "races"
schedule = "every"
[sessions]
ingest = "outbox_ingest"
a = "outbox_executor"
b = "outbox_executor"
[outcome]
contest = ["complete_a", "complete_b"]
winners = 1
losers = "P7002"
"""
_PHASES = {
    "open_sessions": "connections",
    "play": "steps: the SQL itself, the waits, the looks",
    "close_sessions": "cleaning connections",
    "examine": "invariants and what changed",
    "take": "reset, or a new database",
    "judge_schedule": "judging",
}


@dataclass(frozen=True, kw_only=True)
class Timing:
    """One way of running the same things."""

    what: str
    way: str
    workers: int
    count: int  # proofs or schedules
    seconds: float
    inside_seconds: float | None = (
        None  # without the start and end of the processes, summed over them, by worker
    )


def write_proofs(root: Path, *, model: Path, proofs: int, schedules: int) -> None:
    """Make a project with so many one-step proofs, and races that have about so many feasible orders.

    Args:
        root: an empty folder.
        model: the folder of the model.
        proofs: number of one-step proofs.
        schedules: number of feasible orders, rounded up to whole races.
    """
    (root / "sql").symlink_to(model)
    for n in range(proofs):
        batch = -n
        sql = _ONE_STEP.format(batch=batch, statement=REFUSED.format(batch=batch))
        _write(root / "proofs" / "arguments" / f"p{n}", sql, _ONE_STEP_MANIFEST.format(n=n, batch=batch))
    for n in range(-(-schedules // FEASIBLE)):
        _write(root / "proofs" / "races" / f"r{n}", _RACE.format(n=n), _RACE_MANIFEST.format(n=n))


def measure(
    run: Run, root: Path, environment: Mapping[str, str], *, workers: Sequence[int]
) -> Iterator[Timing]:
    """Time the project's proofs and races with each number of workers, each beside the bare SQL.

    Args:
        run: the hold on the server; the proofs join it.
        root: the project of :func:`write_proofs`.
        environment: of the processes.
        workers: numbers of workers.
    """
    state = root / "run.json"
    write_state(run, state)
    joined = {**environment, "LEASEPROOF_RUN_FILE": str(state)}
    run.template()
    for what in ("arguments", "races"):
        for count in workers:
            number, bare = _bare(run, root, what, count)
            yield Timing(what=what, way="bare SQL", workers=count, count=number, seconds=bare)
            yield _proofs(root, joined, what, count)


def phases(run: Run, root: Path, what: str) -> dict[str, float]:
    """Return the share of each phase of running the proofs of a folder in this process, in percent."""
    proofs, _ = discover(root / "proofs" / what, root)
    pool = Pool(run, load_invariants(root / "sql" / "invariants"), label=f"phases_{what}")
    try:
        run_proof(proofs[0], pool)
        profile = cProfile.Profile()
        profile.enable()
        for proof in proofs:
            run_proof(proof, pool)
        profile.disable()
    finally:
        pool.close()
    functions = pstats.Stats(profile).get_stats_profile().func_profiles
    whole = functions["run_proof"].cumtime
    shares = {
        words: functions[name].cumtime / whole * 100 for name, words in _PHASES.items() if name in functions
    }
    return {**shares, "the rest": 100 - sum(shares.values())}


def _write(stem: Path, sql: str, manifest: str) -> None:
    stem.parent.mkdir(parents=True, exist_ok=True)
    stem.with_suffix(".sql").write_text(sql, encoding="utf-8")
    stem.with_suffix(".toml").write_text(manifest, encoding="utf-8")


def _proofs(root: Path, environment: Mapping[str, str], what: str, workers: int) -> Timing:
    results = root / "results.json"
    arguments = [f"proofs/{what}", f"--leaseproof-results={results}", "-p", "no:cacheprovider"]
    arguments += [f"--numprocesses={workers}", "--dist=worksteal"] if workers > 1 else ["-p", "no:xdist"]
    with (root / "output.txt").open("w") as output:
        began = time.perf_counter()
        code = run_pytest(arguments, root=root, environment=environment, output=output)
        seconds = time.perf_counter() - began
    if code:
        raise LeaseproofError(
            f"got exit code {code} from the benchmark's proofs; expected 0; read {root / 'output.txt'}"
        )
    done = json.loads(results.read_text())
    inside = sum(each["duration_ms"] for each in done) / 1000 / workers
    count = sum(each["schedules_run"] for each in done)
    return Timing(
        what=what, way="proofs", workers=workers, count=count, seconds=seconds, inside_seconds=inside
    )


def _bare(run: Run, root: Path, what: str, workers: int) -> tuple[int, float]:
    """Run the statements of a folder's proofs on one connection a worker; return how many and the seconds."""
    count = len(list((root / "proofs" / what).glob("*.sql"))) * (FEASIBLE if what == "races" else 1)
    conninfos = []
    for worker in range(workers):
        database = run.create_database(f"bare_{what}_{workers}_{worker}")
        conninfos.append(
            {role: run.conninfo(database, role) for role in ("outbox_ingest", "outbox_executor")}
        )
    body = _bare_races if what == "races" else _bare_refusals
    with ProcessPoolExecutor(workers) as processes:
        list(
            processes.map(body, conninfos, [1] * workers)
        )  # interpreters and server caches are warm on both sides
        began = time.perf_counter()
        list(processes.map(body, conninfos, [count // workers] * workers))
        return count, time.perf_counter() - began


def _bare_refusals(conninfos: Mapping[str, str], count: int) -> None:
    wire = Wire.connect(conninfos["outbox_executor"])
    for n in range(count):
        try:
            wire.run(REFUSED.format(batch=-n))
        except DatabaseError as error:
            if error.sqlstate != "22023":
                raise
    wire.close()


def _bare_races(conninfos: Mapping[str, str], count: int) -> None:
    """Do what a race does, one worker after the other: the same statements without their waits."""
    ingest, worker = (Wire.connect(conninfos[role]) for role in ("outbox_ingest", "outbox_executor"))
    for n in range(count):
        payment = rows_of(ingest.run(ENQUEUE.format(n=f"{count}-{n}"))[0])[0][0]
        token = rows_of(worker.run(CLAIM)[0])[0][0]
        complete = COMPLETE.format(payment=payment, token=token)
        for statements in (("BEGIN", complete, "COMMIT"), ("BEGIN", complete, "ROLLBACK")):
            for statement in statements:
                try:
                    worker.run(statement)
                except DatabaseError as error:
                    if error.sqlstate != "P7002":
                        raise
    ingest.close()
    worker.close()

"""Specs of PostgreSQL's isolation tester: run a suite of them, turn one into a proof."""

import re
import time
from pathlib import Path

from invoke import Context, Exit

from leaseproof.commands.context import Settings, command, settings_from_environment, worker_count
from leaseproof.database import binaries
from leaseproof.database.run import open_run
from leaseproof.errors import LeaseproofError
from leaseproof.proof.files import write_new_pair
from leaseproof.proof.isolation.convert import convert, identifier
from leaseproof.proof.isolation.suite import difference, make_database, play_spec, run_suite, spec_files, totals

FOLDER = "proofs"
FOLDER_NAME = re.compile(r"[a-z][a-z0-9_]*(?:/[a-z][a-z0-9_]*)*")
IMPORTED = "imported"  # folder below it
SUITE_SETTINGS = {"max_prepared_transactions": "100"}


@command(
    help={
        "folder": "holds specs/ and expected/, as src/test/isolation of PostgreSQL's source does",
        "name": "only specs whose name matches this glob",
        "workers": "processes, each with a database of its own; default one a core",
        "postgres": "major version of the private server; the one that the expected outputs are for",
        "db_url": "run on this server instead",
    }
)
def isolation(
    _context: Context, folder: str, name: str = "*", workers: int = 0, postgres: int = 0, db_url: str = ""
) -> None:
    """Run isolation-tester specs and compare with their expected outputs."""
    settings = settings_from_environment(db_url or None)
    paths = tuple(path for path in spec_files(Path(folder)) if path.match(f"{name}.spec"))
    if not paths:
        raise LeaseproofError(f"got --name {name}; expected the name of a spec in {folder}; leave it out to run all")
    programs = _programs(postgres)
    count = worker_count(workers)
    with open_run(url=settings.database_url, root=settings.root, binaries=programs, settings=SUITE_SETTINGS) as run:
        began = time.perf_counter()
        verdicts = run_suite(paths, run, workers=count)
        seconds = time.perf_counter() - began
    for verdict in verdicts:
        if not verdict.passed:
            print(f"{verdict.name}\n{verdict.difference}\n")
    sums = totals(verdicts)
    print(
        f"{sums['passed']} of {sums['specs']} specs passed: {sums['permutations']} permutations, {sums['waits']} waits,"
        f" {sums['errors']} errors; {count} workers, {seconds:.1f} s on PostgreSQL {run.server.version // 10000}"
    )
    if sums["passed"] < sums["specs"]:
        raise Exit(code=1)


@command(
    name="import",
    help={
        "file": "a spec of PostgreSQL's isolation tester",
        "into": f"folder below {FOLDER}/ for the pair; default {IMPORTED}",
        "from_output": "take the expectations from this expected output: the server must answer exactly that",
        "postgres": "major version of the private server; the one that the spec is for",
        "db_url": "run on this server instead",
    },
)
def import_spec(
    _context: Context, file: str, into: str = IMPORTED, from_output: str = "", postgres: int = 0, db_url: str = ""
) -> None:
    """Turn an isolation-tester spec into a proof whose expectations the server answered."""
    import_pair(settings_from_environment(db_url or None), file, into=into, from_output=from_output, postgres=postgres)


def import_pair(settings: Settings, file: str, *, from_output: str, into: str = IMPORTED, postgres: int = 0) -> None:
    """Run a spec and write the pair that it becomes.

    Args:
        settings: of this call.
        file: path of the spec.
        into: folder below ``proofs/``.
        from_output: path of the output that the server must give; "" for one that stands beside the spec, or any.
        postgres: major version of a private server; 0 for the usual one.

    Raises:
        LeaseproofError: a file is missing, or the server answers something else; nothing is written.
    """
    if not FOLDER_NAME.fullmatch(into):
        raise LeaseproofError(
            f"got --into {into!r}; expected a folder below {FOLDER}/ in lower-case letters, digits and _; choose such a name"
        )
    path = Path(file)
    if not path.is_file():
        raise LeaseproofError(f"got {file}; expected the file of a spec; see docs/isolation-specs.md")
    if from_output and not Path(from_output).is_file():
        raise LeaseproofError(f"got --from-output {from_output}; expected the file of an expected output; see docs/isolation-specs.md")
    programs = _programs(postgres)
    with open_run(url=settings.database_url, root=settings.root, binaries=programs, settings=SUITE_SETTINGS) as run:
        spec, ran, output = play_spec(path, make_database(run, "isolation_import"))
    if from_output and output != (wanted := Path(from_output).read_text(encoding="utf-8")):
        raise LeaseproofError(
            f"got an answer that differs from {from_output}; expected the same, from a server of its version:\n"
            f"{difference((wanted,), output)}"
        )
    folder = settings.root / FOLDER / into
    pair = convert(spec, ran, name=path.stem, invariant=identifier(into.rsplit("/", 1)[-1]))
    write_new_pair(folder / pair.stem, pair.sql, pair.manifest)
    print(f"{(folder / pair.stem).relative_to(settings.root)}.sql and .toml: {pair.permutations} permutations, not yet accepted")


def _programs(postgres: int) -> Path | None:
    """Return the folder of the programs of a version that was asked for."""
    programs = binaries.find(postgres) if postgres else None
    if postgres and programs is None:
        raise LeaseproofError(f"got --postgres {postgres}; expected a version whose programs are here; name a server with --db-url")
    return programs

"""Specs of PostgreSQL's isolation tester: run a suite of them, turn one into a proof."""

import time
from pathlib import Path

from invoke import Context, Exit

from leaseproof.commands.context import command, cores, settings_from_environment
from leaseproof.database import binaries
from leaseproof.database.run import open_run
from leaseproof.errors import LeaseproofError
from leaseproof.proof.files import write_new
from leaseproof.proof.isolation.convert import convert, identifier
from leaseproof.proof.isolation.suite import expected_outputs, make_database, run_suite, spec_files, play_spec, totals

FOLDER = "proofs"
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
    programs = binaries.find(postgres) if postgres else None
    if postgres and programs is None:
        raise LeaseproofError(f"got --postgres {postgres}; expected a version whose programs are here; name a server with --db-url")
    count = workers or cores()
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
        "into": f"folder below {FOLDER}/ for the pairs; default imported",
        "from_output": "take the expectations from this expected output: the server must answer exactly that",
        "postgres": "major version of the private server; the one that the spec is for",
        "db_url": "run on this server instead",
    },
)
def import_spec(
    _context: Context, file: str, into: str = "imported", from_output: str = "", postgres: int = 0, db_url: str = ""
) -> None:
    """Turn an isolation-tester spec into proofs whose expectations the server answered."""
    settings = settings_from_environment(db_url or None)
    path = Path(file)
    if not path.is_file():
        raise LeaseproofError(f"got {file}; expected the file of a spec; see docs/isolation-specs.md")
    expected = (Path(from_output).read_text(encoding="utf-8"),) if from_output else expected_outputs(path)
    programs = binaries.find(postgres) if postgres else None
    with open_run(url=settings.database_url, root=settings.root, binaries=programs, settings=SUITE_SETTINGS) as run:
        spec, ran, output = play_spec(path, make_database(run, "isolation_import"))
    if from_output and output not in expected:
        raise LeaseproofError(f"got an answer that differs from {from_output}; expected the same; is the server of its version?")
    folder = settings.root / FOLDER / into
    for pair in convert(spec, ran, name=path.stem, invariant=identifier(into.rsplit("/", 1)[-1])):
        write_new(folder / f"{pair.stem}.sql", pair.sql)
        write_new(folder / f"{pair.stem}.toml", pair.manifest)
        print(f"{(folder / pair.stem).relative_to(settings.root)}.sql and .toml: {pair.permutations} permutations, not yet accepted")

"""Runs a folder of specs against the outputs that stand beside them, several databases at once."""

import difflib
import multiprocessing
import os
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leaseproof.database.connection import connect, parse
from leaseproof.database.run import Run
from leaseproof.errors import LeaseproofError
from leaseproof.proof.isolation.spec import Spec, all_permutations, parse_spec
from leaseproof.proof.isolation.tester import Ran, Tester

# What pg_regress gives its clients, so that dates, zones and messages print as the expected outputs have them.
ENVIRONMENT = {"PGTZ": "PST8PDT", "PGDATESTYLE": "Postgres, MDY", "PGOPTIONS": "-c intervalstyle=postgres_verbose"}
USUAL_DATABASE = "isolation_regression"  # a spec may name the database that it runs in
DATABASE_SETTINGS = {
    "lc_messages": "C",
    "lc_monetary": "C",
    "lc_numeric": "C",
    "lc_time": "C",
    "bytea_output": "hex",
    "timezone_abbreviations": "Default",
}


_here: list[str] = []  # in a worker process: the connection string of its database


@dataclass(frozen=True, kw_only=True)
class SpecVerdict:
    """What became of one spec."""

    name: str
    passed: bool
    permutations: int = 0
    waits: int = 0
    errors: int = 0
    seconds: float = 0.0
    difference: str = ""  # the first lines of the diff, or what went wrong


def spec_files(folder: Path) -> tuple[Path, ...]:
    """Return the specs of a folder, sorted: its own, or those of ``specs/`` in it.

    Raises:
        LeaseproofError: there are none.
    """
    found = tuple(sorted(folder.glob("*.spec")) or sorted((folder / "specs").glob("*.spec")))
    if not found:
        raise LeaseproofError(
            f"got no *.spec in {folder}; expected a folder like src/test/isolation of PostgreSQL's source;"
            " docs/isolation-specs.md says how to fetch it"
        )
    return found


def expected_outputs(spec: Path) -> tuple[str, ...]:
    """Return the outputs that a spec may have: NAME.out and its alternates NAME_1.out …, in ``expected/`` beside."""
    folder = spec.parent.parent / "expected" if spec.parent.name == "specs" else spec.parent
    alternates = [folder / f"{spec.stem}.out", *sorted(folder.glob(f"{spec.stem}_[0-9].out"))]
    return tuple(path.read_text(encoding="utf-8") for path in alternates if path.exists())


def make_database(run: Run, label: str) -> str:
    """Make an empty database with the settings of pg_regress, and return its connection string."""
    name = run.create_database(label, template="template0")
    with connect(run.server.conninfo) as admin:
        for setting, value in DATABASE_SETTINGS.items():
            admin.execute(f'ALTER DATABASE "{name}" SET {setting} TO \'{value}\'')
    return run.server.for_database(name)


def run_spec(path: Path, conninfo: str) -> SpecVerdict:
    """Run one spec and compare its output with every output that it may have.

    Args:
        path: of the spec.
        conninfo: from :func:`make_database`.
    """
    began = time.perf_counter()
    expected = expected_outputs(path)
    try:
        _spec, ran, output = play_spec(path, conninfo)
    except LeaseproofError as error:
        return SpecVerdict(name=path.stem, passed=False, difference=str(error))
    steps = [step for permutation in ran for step in permutation]
    return SpecVerdict(
        name=path.stem,
        passed=output in expected,
        permutations=len(ran),
        waits=sum(step.waited for step in steps),
        errors=sum(step.sqlstate != "00000" for step in steps),
        seconds=time.perf_counter() - began,
        difference="" if output in expected else difference(expected, output),
    )


def play_spec(path: Path, conninfo: str) -> tuple[Spec, list[list[Ran]], str]:
    """Run a spec; return it, what each permutation did, and the output.

    Args:
        path: of the spec.
        conninfo: from :func:`make_database`.

    Raises:
        LeaseproofError: the spec cannot be read or its setup fails.
    """
    database = parse(conninfo)["dbname"]
    spec = parse_spec(path.read_text(encoding="utf-8").replace(USUAL_DATABASE, database), path.name)
    tester = Tester(spec, conninfo, application_name=f"isolation/{path.stem}")
    output = tester.run().replace(database, USUAL_DATABASE)
    return spec, tester.ran, output


def run_suite(paths: Iterable[Path], run: Run, *, workers: int, label: str = "isolation") -> tuple[SpecVerdict, ...]:
    """Run specs, each worker on a database of its own.

    Args:
        paths: of the specs.
        run: the hold on a server of the version that the expected outputs are for.
        workers: processes.
        label: of their databases; unique in the run.

    Returns:
        The verdicts, sorted by name.

    Raises:
        LeaseproofError: a worker process was killed.
    """
    context = multiprocessing.get_context("fork")
    databases = context.SimpleQueue()
    for number in range(workers):
        databases.put(make_database(run, f"{label}_{number}"))
    try:
        with ProcessPoolExecutor(workers, context, initializer=_enter, initargs=(databases,)) as executor:
            verdicts = list(executor.map(_run_here, sorted(paths, key=_permutations, reverse=True)))
    except BrokenProcessPool:
        raise LeaseproofError(
            "got a worker process that ended in the middle of a spec; expected a verdict on each; run them again"
        ) from None
    return tuple(sorted(verdicts, key=lambda verdict: verdict.name))


def _permutations(path: Path) -> int:
    """Return how many orders a spec has: the longest go first, so that no worker ends long before the others."""
    try:
        return len(list(all_permutations(parse_spec(path.read_text(encoding="utf-8"), path.name))))
    except LeaseproofError:
        return 0  # it is told when it is run


def _enter(databases: Any) -> None:
    """Give a new worker process its environment and a database of its own."""
    os.environ.update(ENVIRONMENT)
    _here.append(databases.get())


def _run_here(path: Path) -> SpecVerdict:
    return run_spec(path, _here[0])


def difference(expected: tuple[str, ...], output: str) -> str:
    """Return the first lines of how an output differs from the first that was expected."""
    if not expected:
        return "no expected output stands beside the spec"
    lines = difflib.unified_diff(expected[0].splitlines(), output.splitlines(), "expected", "got", lineterm="", n=1)
    return "\n".join(list(lines)[:20])


def totals(verdicts: Iterable[SpecVerdict]) -> Mapping[str, float]:
    """Return the sums over a suite."""
    found = tuple(verdicts)
    return {
        "specs": len(found),
        "passed": sum(verdict.passed for verdict in found),
        "permutations": sum(verdict.permutations for verdict in found),
        "waits": sum(verdict.waits for verdict in found),
        "errors": sum(verdict.errors for verdict in found),
    }

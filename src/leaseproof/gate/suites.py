"""The project's tests and proofs as one pytest call each, and what came out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from leaseproof.errors import LeaseproofError
from leaseproof.evidence import recorder
from leaseproof.evidence.record import NO_DATABASE, Test, listed

UNIT = ("tests/unit",)
INTEGRATION = ("tests/integration", "proofs")
HIDDEN = (
    "OUTBOX_EVIDENCE_DB_URL",
    "LEASEPROOF_RUN_FILE",
    "GITHUB_ACTIONS",
    "GITHUB_STEP_SUMMARY",
    "GITHUB_OUTPUT",
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one pytest call left."""

    tests: tuple[Test, ...] = ()
    collected_proofs: tuple[str, ...] = ()
    proofs: tuple[Mapping[str, Any], ...] = ()


def arguments(
    folders: Sequence[str], *, root: Path, record: Path, workers: int, database: bool, shard: str = ""
) -> list[str]:
    """Return pytest's arguments.

    Args:
        folders: what to collect; one that is missing is left out, and is found out by what was expected.
        root: the project.
        record: where the recorder writes.
        workers: processes.
        database: whether tests may have one.
        shard: ``I/N`` of the proofs, or nothing.
    """
    options = [
        "-p",
        "leaseproof.evidence.recorder",
        f"{recorder.OPTION}={record}",
        "--continue-on-collection-errors",
        "-q",
    ]
    options += [f"--numprocesses={workers}", "--dist=worksteal"] if workers > 1 else ["-p", "no:xdist"]
    options += [] if database else ["--leaseproof-no-db"]
    options += [f"--leaseproof-shard={shard}"] if shard else []
    return [*options, *(folder for folder in folders if (root / folder).is_dir())]


def child_environment(environment: Mapping[str, str], *, database: bool) -> dict[str, str]:
    """Return the environment of a process that the gate starts.

    It does not make a test believe that it is the job itself, and it names no database: where one is
    allowed, the run's file does. libpq's own variables stay then, because a server's password may come from
    them.
    """
    return {
        name: value
        for name, value in environment.items()
        if name not in HIDDEN and (database or not name.startswith("PG"))
    }


def read_outcome(record: Path) -> Outcome:
    """Return what the recorder wrote, also when pytest was killed over it."""
    text = record.read_text(encoding="utf-8", errors="replace") if record.exists() else ""
    recording = recorder.read_recording(text)
    results = {proof["path"]: _without_run(proof) for proof in recording.proofs}
    tests, collected = [], set()
    for test in recording.tests:
        if not test.nodeid.startswith("proofs/"):
            tests.append(test)
            continue
        path = test.nodeid.split("::")[0].removesuffix(".toml").removesuffix(".sql") + ".sql"
        collected.add(path)
        if test.result in ("failed", "error") and path not in results:
            results[path] = _error(path, test.reason)
    return Outcome(
        tests=tuple(tests),
        collected_proofs=tuple(sorted(collected)),
        proofs=tuple(proof for _, proof in sorted(results.items())),
    )


def judge(outcome: Outcome, code: int, *, proofs_expected: bool) -> str:
    """Return what to say of a green call.

    Args:
        outcome: of the call.
        code: pytest's exit code.
        proofs_expected: whether proofs were to be run, so that running none is red.

    Raises:
        LeaseproofError: something was red, or nothing was run.
    """
    results = [test.result for test in outcome.tests]
    if not outcome.tests:
        raise LeaseproofError("no test was run; expected at least one; look at what pytest said above")
    if proofs_expected and not outcome.proofs:
        raise LeaseproofError("no proof was run; expected at least one pair below proofs/; restore the pairs")
    red_tests = [test.nodeid for test in outcome.tests if test.result in ("failed", "error")]
    red_proofs = [proof["path"] for proof in outcome.proofs if proof["result"] in ("failed", "error")]
    if red_tests or red_proofs:
        counts = [
            f"{len(red)} {what} red" for red, what in ((red_proofs, "proofs"), (red_tests, "tests")) if red
        ]
        raise LeaseproofError(f"{', '.join(counts)}: {listed([*red_proofs, *red_tests], most=3)}")
    if not_run := [test.nodeid for test in outcome.tests if test.result == "not run"]:
        raise LeaseproofError(f"{len(not_run)} tests collected but not run: {listed(not_run, most=3)}")
    if wrongly := [test.nodeid for test in outcome.tests if test.reason == NO_DATABASE and proofs_expected]:
        raise LeaseproofError(
            f"{len(wrongly)} tests skipped for want of a database that is there: {listed(wrongly, most=3)}"
        )
    if code:
        raise LeaseproofError(f"pytest ended with {code} though no test was red; look at what it said above")
    said = f"{results.count('passed')} tests passed"
    said += f", {results.count('skipped')} skipped" if "skipped" in results else ""
    if outcome.proofs:
        passed = sum(proof["result"] == "passed" for proof in outcome.proofs)
        others = len(outcome.proofs) - passed
        said += f"; {passed} proofs passed" + (f", {others} not applicable" if others else "")
    return said


def _without_run(proof: Mapping[str, Any]) -> dict[str, Any]:
    """Return a proof's result without what differs between two runs.

    Tokens, ids and clocks stand in rows, details and notices: they are kept of a red proof, whose bundle is
    to be read, and left out of a green one.
    """
    kept = {name: value for name, value in proof.items() if name != "duration_ms"}
    if proof["result"] in ("passed", "not_applicable"):
        kept["schedules"] = [_plain(schedule) for schedule in proof["schedules"]]
    return kept


def _plain(schedule: Mapping[str, Any]) -> dict[str, Any]:
    blank = {"message": "", "detail": "", "hint": "", "rows": [], "notices": []}
    return {**schedule, "steps": [{**step, **blank} for step in schedule["steps"]]}


def _error(path: str, reason: str) -> dict[str, Any]:
    folder, _, name = path.rpartition("/")
    stem = name.removesuffix(".sql")
    return {
        "id": stem,
        "path": path,
        "claim": stem.replace("_", " "),
        "invariant": folder.rpartition("/")[2],
        "covers": [],
        "result": "error",
        "reason": reason,
        "expected": {},
        "observed": {},
        "roles": [],
        "schedules_run": 0,
        "schedules_infeasible": 0,
        "waits": 0,
        "invariants_checked": 0,
        "breaks": [],
        "schedules": [],
        "digest": "",
    }


def joined(first: Outcome, second: Outcome) -> Outcome:
    """Return two calls' outcomes as one."""
    tests = {test.nodeid: test for test in (*first.tests, *second.tests)}
    return replace(second, tests=tuple(test for _, test in sorted(tests.items())))

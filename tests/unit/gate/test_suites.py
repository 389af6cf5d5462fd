"""What came out of a pytest call."""

import json
from pathlib import Path
from typing import Any

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.evidence.record import NO_DATABASE, Test
from leaseproof.gate.suites import Outcome, arguments, child_environment, judge, read_outcome
from leaseproof.proof import session_run
from leaseproof.proof.outcome import ProofResult, ScheduleOutcome, StepOutcome

GOOD = Test(nodeid="tests/unit/test_x.py::test_x", result="passed")


def result(path: str, **more: Any) -> dict[str, Any]:
    """Return a proof's result as its plugin writes it."""
    step = StepOutcome(
        step="s", session="w", sqlstate="P7002", message="m", detail="id 7", rows=(("7",),), notices=("n",)
    )
    values: dict[str, Any] = {
        "id": "FC-1",
        "claim": "c",
        "invariant": "fencing",
        "result": "passed",
        "duration_ms": 3.5,
    }
    schedule = ScheduleOutcome(order=("s",), steps=(step,))
    return ProofResult(path=path, schedules=(schedule,), **{**values, **more}).to_json()


def test_outcome_parts_tests_from_proofs(tmp_path: Path) -> None:
    """A proof is known by its path; what differs between two green runs is left out."""
    lines = [
        {"collected": ["tests/unit/test_x.py::test_x", "proofs/fencing/a.sql::a"]},
        {"proof": result("proofs/fencing/a.sql")},
        {
            "nodeid": "proofs/fencing/a.sql::a",
            "when": "call",
            "outcome": "passed",
            "reason": "",
            "file": "",
            "line": 1,
            "seconds": 1,
        },
    ]
    (tmp_path / "r").write_text("\n".join(json.dumps(line) for line in lines))
    found = read_outcome(tmp_path / "r")
    assert [test.result for test in found.tests] == ["not run"]
    assert found.collected_proofs == ("proofs/fencing/a.sql",)
    assert "duration_ms" not in found.proofs[0]
    step = found.proofs[0]["schedules"][0]["steps"][0]
    assert (step["sqlstate"], step["detail"], step["rows"], step["notices"]) == ("P7002", "", [], [])


def test_outcome_keeps_what_a_red_proof_answered(tmp_path: Path) -> None:
    """Of a red proof every answer is kept."""
    (tmp_path / "r").write_text(json.dumps({"proof": result("proofs/fencing/a.sql", result="failed")}))
    assert read_outcome(tmp_path / "r").proofs[0]["schedules"][0]["steps"][0]["detail"] == "id 7"


def test_outcome_tells_a_lone_file_as_a_proof_in_error(tmp_path: Path) -> None:
    """A pair that cannot be read is a red proof, by the name of its SQL file."""
    (tmp_path / "r").write_text(json.dumps({"broken": "proofs/fencing/a.toml", "reason": "no SQL file"}))
    proof = read_outcome(tmp_path / "r").proofs[0]
    assert (proof["path"], proof["result"], proof["reason"], proof["invariant"]) == (
        "proofs/fencing/a.sql",
        "error",
        "no SQL file",
        "fencing",
    )


def test_outcome_of_a_call_that_never_began_is_empty(tmp_path: Path) -> None:
    """No file, no tests."""
    assert read_outcome(tmp_path / "none") == Outcome()


@pytest.mark.parametrize(
    ("outcome", "code", "said"),
    [
        (Outcome(), 5, "no test was run"),
        (Outcome(tests=(GOOD,)), 0, "no proof was run"),
        (Outcome(tests=(GOOD,), proofs=({"path": "p", "result": "error"},)), 1, "1 proofs red: p"),
        (
            Outcome(
                tests=(GOOD, Test(nodeid="t", result="error")), proofs=({"path": "p", "result": "passed"},)
            ),
            1,
            "1 tests red: t",
        ),
        (
            Outcome(tests=(Test(nodeid="t", result="not run"),), proofs=({"path": "p", "result": "passed"},)),
            0,
            "but not run: t",
        ),
        (
            Outcome(
                tests=(Test(nodeid="t", result="skipped", reason=NO_DATABASE),),
                proofs=({"path": "p", "result": "passed"},),
            ),
            0,
            "for want of a database that is there: t",
        ),
        (
            Outcome(tests=(GOOD,), proofs=({"path": "p", "result": "passed"},)),
            3,
            "pytest ended with 3 though no test was red",
        ),
    ],
)
def test_judge_refuses_what_is_red_or_did_not_run(outcome: Outcome, code: int, said: str) -> None:
    """Nothing run, something red, something left out, an exit code without a reason: each is red in words."""
    with pytest.raises(LeaseproofError, match=said):
        judge(outcome, code, proofs_expected=True)


def test_judge_counts_what_passed() -> None:
    """A green call says how many passed, were skipped and did not apply."""
    tests = (GOOD, Test(nodeid="t", result="skipped", reason="no server of that version"))
    proofs = ({"path": "p", "result": "passed"}, {"path": "q", "result": "not_applicable"})
    said = judge(Outcome(tests=tests, proofs=proofs), 0, proofs_expected=True)
    assert said == "1 tests passed, 1 skipped; 1 proofs passed, 1 not applicable"


def test_environment_of_tests_names_no_database() -> None:
    """Nothing of the job reaches a test, and by no variable does a unit test find a server."""
    given = {
        "PATH": "/bin",
        "PGPASSWORD": "x",
        "OUTBOX_EVIDENCE_DB_URL": "y",
        "GITHUB_STEP_SUMMARY": "z",
        "LEASEPROOF_RUN_FILE": "r",
    }
    assert child_environment(given, database=False) == {"PATH": "/bin"}
    assert child_environment(given, database=True) == {"PATH": "/bin", "PGPASSWORD": "x"}


def test_reason_of_a_skipped_test_is_the_plugins() -> None:
    """A test that the plugin skips for want of a database is known by the words that the plugin uses."""
    assert session_run.NO_DATABASE == NO_DATABASE


def test_arguments_leave_out_a_folder_that_is_missing(tmp_path: Path) -> None:
    """A missing folder is no usage error of pytest: the population misses what was expected in it."""
    (tmp_path / "tests/integration").mkdir(parents=True)
    found = arguments(
        ("tests/integration", "proofs"),
        root=tmp_path,
        record=tmp_path / "r",
        workers=1,
        database=True,
        shard="1/2",
    )
    assert found[-1] == "tests/integration"
    assert "--leaseproof-shard=1/2" in found and "--leaseproof-no-db" not in found

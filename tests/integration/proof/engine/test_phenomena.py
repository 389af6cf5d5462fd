"""PostgreSQL's well-known phenomena as proofs: green as documented, red when something else is expected."""

from dataclasses import replace
from pathlib import Path

import pytest

from leaseproof.proof.manifest import Expectation, Proof, discover
from leaseproof.proof.pool import Pool
from leaseproof.proof.runner import run_proof

PAIRS, PROBLEMS = discover(Path(__file__).parent / "phenomena" / "pairs")
BY_NAME = {Path(proof.path).stem: proof for proof in PAIRS}
FORGED = "XX000"


def expecting(proof: Proof, step: str, expectation: Expectation) -> Proof:
    """Return the proof with another expectation for one step."""
    return replace(
        proof, manifest=replace(proof.manifest, expect={**proof.manifest.expect, step: expectation})
    )


def test_pairs_are_sound() -> None:
    """Every pair of the phenomena can be read."""
    assert not PROBLEMS
    assert len(PAIRS) == 16


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_phenomenon_comes_out_as_documented(name: str, pool: Pool) -> None:
    """The server answers what PostgreSQL's documentation says."""
    result = run_proof(BY_NAME[name], pool)
    assert (result.result, result.reason) == ("passed", ""), result.schedules


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("deadlock", "cross_b"),
        ("lost_update_repeatable_read", "write_b"),
        ("write_skew_serializable", "commit_b"),
        ("lock_timeout", "impatient"),
        ("killed_backend", "commit"),
        ("statement_timeout", "slow"),
        ("cancelled_while_waiting", "wait"),
        ("deferred_violation", "commit"),
    ],
)
@pytest.mark.parametrize("sqlstate", [FORGED, "00000"])
def test_phenomenon_with_another_sqlstate_expected_is_red(
    name: str, step: str, sqlstate: str, pool: Pool
) -> None:
    """Another expectation does not change what happens, and the proof says what came back."""
    got = BY_NAME[name].manifest.expect[step].sqlstate
    result = run_proof(expecting(BY_NAME[name], step, Expectation(sqlstate=sqlstate)), pool)
    assert result.result == "failed"
    assert any(
        problem.startswith(f"step {step}: expected {sqlstate}") and got in problem
        for problem in result.schedules[0].problems
    )


@pytest.mark.parametrize(
    ("name", "step", "changes", "says"),
    [
        ("skip_locked", "take_c", {"blocks": False}, "not to wait, got: it waited for a"),
        ("skip_locked", "take_b", {"blocks": True}, "to wait for another session, got: it did not wait"),
        ("skip_locked", "take_c", {"blocks": ("b",)}, "to wait for b, got: it waited for a"),
        ("skip_locked", "take_b", {"rows": ((1,),)}, "expected rows [[1]], got [['2']]"),
        ("eval_plan_qual", "withdraw_b", {"row_count": 1}, "expected row count 1, got 0"),
        ("deferred_violation", "commit", {"constraint": "jobs_pkey"}, "expected from constraint jobs_pkey"),
        ("append_only", "delete", {"hint": "Prepend"}, "expected hint to contain 'Prepend', got 'Append.'"),
        ("append_only", "delete", {"detail": "UPDATE"}, "expected detail to contain 'UPDATE'"),
        ("append_only", "delete", {"message": "sorry"}, "expected message to contain 'sorry'"),
        ("append_only", "delete", {"notice": "careful"}, "expected a notice that contains 'careful'"),
    ],
)
def test_phenomenon_with_another_attribute_expected_is_red(
    name: str, step: str, changes: dict[str, object], says: str, pool: Pool
) -> None:
    """Each attribute of an expectation is judged by itself."""
    proof = BY_NAME[name]
    wanted = replace(proof.manifest.expect[step], **changes)  # type: ignore[arg-type]
    result = run_proof(expecting(proof, step, wanted), pool)
    assert [says in problem for problem in result.schedules[0].problems] == [True]


def test_deadlock_in_every_order_has_one_victim_each_time(pool: Pool) -> None:
    """Of six merges two would commit a waiting session; both crossings wait in the other four."""
    results = [run_proof(BY_NAME["deadlock_in_every_order"], pool) for _ in range(3)]
    assert {(each.schedules_run, each.schedules_infeasible, each.waits) for each in results} == {(4, 2, 8)}


def test_phenomenon_says_the_same_twice(pool: Pool) -> None:
    """Two runs of one proof differ in nothing but their duration."""
    for name in ("deadlock", "killed_backend", "skip_locked"):
        first, second = (replace(run_proof(BY_NAME[name], pool), duration_ms=0) for _ in range(2))
        for left, right in zip(first.schedules, second.schedules, strict=True):
            assert left.events == right.events
            assert [replace(step, rows=()) for step in left.steps] == [
                replace(step, rows=()) for step in right.steps
            ]

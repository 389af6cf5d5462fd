"""What a replay prints."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.proof.cells import width
from leaseproof.proof.manifest import Proof
from leaseproof.proof.outcome import Event, ProofResult, ScheduleOutcome, StepOutcome
from leaseproof.proof.replay import compare, report, verdict, with_order

MakeProof = Callable[[str, str, str], Proof]


@pytest.fixture
def proof(make_proof: MakeProof) -> Proof:
    """Return a proof with a contest and a check."""
    return make_proof(
        "fencing/race",
        "-- One wins.\n-- @step a: worker_a\nSELECT 1;\n-- @step b: worker_b\nSELECT 2;\n-- @check c:"
        " owner\nSELECT 3;\n",
        'id = "FC-1"\nclaim = "One wins."\ninvariant = "fencing"\nschedule = "every"\n'
        '[sessions]\nworker_a = "outbox_executor"\nworker_b = "outbox_executor"\nowner = "owner"\n'
        '[expect]\na = { rows = [[1, "DISPATCHED"]] }\nc = { rows = [[1]], blocks = false }\n'
        '[outcome]\nwinners = 1\nlosers = "P7002"\n',
    )


def schedule(*order: str, problems: tuple[str, ...] = ()) -> ScheduleOutcome:
    """Return a schedule in which a wins after b waited for it."""
    return ScheduleOutcome(
        order=order,
        events=(Event(position=0, session="worker_a", step="a", kind="launch"),),
        steps=(
            StepOutcome(
                step="a", session="worker_a", sqlstate="00000", rows=(("1", "DISPATCHED"),), row_count=1
            ),
            StepOutcome(
                step="b", session="worker_b", sqlstate="P7002", waited=True, waited_for=("worker_a",)
            ),
            StepOutcome(step="c", session="owner", sqlstate="00000", rows=(("2", None),), row_count=1),
        ),
        problems=problems,
    )


def result(*schedules: ScheduleOutcome, **given: object) -> ProofResult:
    """Return a result."""
    values = {
        "result": "passed",
        "schedules_run": len(schedules),
        "waits": 1,
        "invariants_checked": 38,
    } | given
    return ProofResult(
        id="FC-1",
        path="proofs/fencing/race.sql",
        claim="One wins.",
        invariant="fencing",
        schedules=schedules,
        **values,
    )  # type: ignore[arg-type]


def test_compare_sets_expected_beside_got(proof: Proof) -> None:
    """A winner is held to its rows, a loser to the losers, a red step is marked; 80 columns."""
    table = compare(proof, schedule("a", "b", problems=("step c: expected rows [[1]], got [[2, '<NULL>']]",)))
    assert table == (
        "step    session    expected                     got\n"
        "------  ---------  ---------------------------  ---------------------------  ---\n"
        'a       worker_a   rows = [[1, "DISPATCHED"]]   rows = [[1, "DISPATCHED"]]   ok\n'
        "b       worker_b   wins or P7002                P7002 LEASE_LOST, waited f…  ok\n"
        'c       owner      rows = [[1]], blocks = fal…  rows = [[2, "<NULL>"]]       RED'
    )
    assert max(map(width, table.splitlines())) <= 80


def test_report_shows_every_schedule_and_the_verdict(proof: Proof) -> None:
    """Each schedule has its order, its lanes, its table and its problems; the verdict stands last."""
    shown = report(
        proof,
        result(
            schedule("a", "b"),
            replace(schedule("b", "a"), problems=("p",), violations=("v",)),
            result="failed",
        ),
    )
    assert shown.startswith(
        "FC-1: One wins.\nproofs/fencing/race.sql\n\nSchedule 1 of 2: a -> b\n\n   worker_a\n 1 ┌ a\n"
    )
    assert "\nSchedule 2 of 2: b -> a\n" in shown
    assert "\nRED: p\nRED: broken afterwards: v (sql/invariants/)\n" in shown
    assert shown.endswith("\n\nRED: 2 schedules, 1 wait, 38 invariant checks")


def test_report_shows_one_schedule_when_asked(proof: Proof) -> None:
    """The others are left out; a number that there is none of is refused."""
    both = result(schedule("a", "b"), schedule("b", "a"))
    assert "Schedule 1 of 2" not in report(proof, both, number=2)
    with pytest.raises(LeaseproofError, match="got --schedule 3; expected 1 to 2"):
        report(proof, both, number=3)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"schedules_infeasible": 4},
            "green: 1 schedule (4 more cannot happen), 1 wait, 38 invariant checks",
        ),
        ({"result": "failed", "reason": "why"}, "RED: 1 schedule, 1 wait, 38 invariant checks\nwhy"),
        ({"result": "error", "waits": 0}, "ERROR: 1 schedule, 0 waits, 38 invariant checks"),
        ({"result": "not_applicable"}, "NOT APPLICABLE: 1 schedule, 1 wait, 38 invariant checks"),
    ],
)
def test_verdict_says_what_was_counted(given: dict[str, object], words: str) -> None:
    """Green is said only of a proof that passed."""
    assert verdict(result(schedule("a", "b"), **given)) == words


def test_with_order_takes_the_first_red_schedule(proof: Proof) -> None:
    """Without a number, the schedule that a person wants to see is the one that failed."""
    both = result(schedule("a", "b"), schedule("b", "a", problems=("p",)))
    assert with_order(proof, both, None).manifest.schedule == (("b", "a"),)
    assert with_order(proof, both, 1).manifest.schedule == (("a", "b"),)
    assert with_order(proof, result(schedule("a", "b")), None).manifest.schedule == (("a", "b"),)
    with pytest.raises(LeaseproofError, match="got --schedule 0"):
        with_order(proof, both, 0)

"""Expected against got, attribute by attribute."""

from dataclasses import replace

import pytest

from leaseproof.proof.judge import (
    expected_codes,
    judge_breaks,
    judge_contest,
    judge_schedule,
    judge_step,
    rows_difference,
    rows_match,
)
from leaseproof.proof.manifest import Expectation, Manifest, Outcome, ScheduleOverride
from leaseproof.proof.outcome import StepOutcome
from leaseproof.proof.played import Played

GOT = StepOutcome(
    step="stale",
    session="a",
    sqlstate="23505",
    message="duplicate key value",
    detail="Key (id)=(1) already exists.",
    hint="Look first.",
    constraint="one_terminal",
    notices=("NOTICE: careful",),
    row_count=None,
)
FITS = Expectation(
    sqlstate="23505",
    constraint="one_terminal",
    message="duplicate",
    detail="(id)=(1)",
    hint="first",
    notice="careful",
    blocks=False,
)
MANIFEST = Manifest(id="P-1", claim="c", invariant="i", sessions={"a": "owner", "b": "owner"})


def won(step: str) -> StepOutcome:
    """Return a step that succeeded."""
    return StepOutcome(step=step, session=step[-1], sqlstate="00000")


def lost(step: str, sqlstate: str = "P7002") -> StepOutcome:
    """Return a step that did not."""
    return StepOutcome(step=step, session=step[-1], sqlstate=sqlstate)


def played(*outcomes: StepOutcome, order: tuple[str, ...] = ()) -> Played:
    """Return a schedule with these answers."""
    return Played(
        order=order or tuple(each.step for each in outcomes), outcomes={each.step: each for each in outcomes}
    )


def test_step_that_fits_has_no_problem() -> None:
    """Nothing is wrong with what was expected."""
    assert judge_step(FITS, GOT) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"sqlstate": "P7002"},
            "expected P7002 (LEASE_LOST), got 23505 (UNIQUE_VIOLATION) from constraint one_terminal",
        ),
        ({"constraint": "another"}, "23505 expected from constraint another, got it from one_terminal"),
        ({"message": "nope"}, "expected message to contain 'nope', got 'duplicate key value'"),
        ({"detail": "nope"}, "expected detail to contain 'nope'"),
        ({"hint": "nope"}, "expected hint to contain 'nope'"),
        ({"notice": "nope"}, "expected a notice that contains 'nope'"),
        ({"rows": ()}, None),
        ({"rows": (("1",),)}, "expected rows [['1']], got []"),
        ({"row_count": 1}, "expected row count 1, got None"),
        ({"blocks": True}, "expected it to wait for another session, got: it did not wait"),
        ({"blocks": ("b",)}, "expected it to wait for b, got: it did not wait"),
    ],
)
def test_step_with_one_difference_has_one_problem(change: dict[str, object], says: str | None) -> None:
    """Each attribute is judged, and names what was expected and got."""
    problems = judge_step(replace(FITS, **change), GOT)  # type: ignore[arg-type]
    assert len(problems) == (says is not None)
    assert all(says in problem and problem.startswith("step stale: ") for problem in problems if says)


def test_step_that_stalled_says_on_what() -> None:
    """A time-out that no session of the proof caused names what was waited for."""
    problems = judge_step(Expectation(), lost("a", "57014"), stall="Timeout PgSleep")
    assert problems == [
        "step a: expected 00000 (success), got 57014 (cancelled) after waiting for Timeout PgSleep"
    ]


@pytest.mark.parametrize(
    ("expected", "got", "equal"),
    [
        (((1, "x"),), (("1", "x"),), True),
        (((True, False),), (("t", "f"),), True),
        (((1,),), (("t",),), False),
        ((("<NULL>",),), ((None,),), True),
        ((("<NULL>",),), (("<NULL>",),), False),
        ((("*",),), (("anything",),), True),
        ((("*",),), ((None,),), False),
        (((1,), (2,)), (("2",), ("1",)), False),
        (((1,),), (("1", "2"),), False),
        ((), ((None,),), False),
    ],
)
def test_rows_match_as_psql_shows_them(
    expected: tuple[tuple[object, ...], ...], got: tuple[tuple[str | None, ...], ...], equal: bool
) -> None:
    """Types of the manifest against text of the server, in order."""
    assert rows_match(expected, got) is equal


@pytest.mark.parametrize(
    ("got", "says"),
    [
        ("12345", "expected 6 rows, got 5; they differ from row 6 on: expected [[6]], got []"),
        ("12x456", "expected 6 rows, got 6; they differ from row 3 on: expected [[3]], got [['x']]"),
        ("1234567", "expected 6 rows, got 7; they differ from row 7 on: expected [], got [['7']]"),
    ],
)
def test_many_rows_are_told_apart_by_the_first_difference(got: str, says: str) -> None:
    """A person sees the row that matters, not two pages of rows."""
    expected = tuple((number,) for number in range(1, 7))
    assert rows_difference(expected, tuple((each,) for each in got)) == says


def test_step_that_nobody_named_must_succeed() -> None:
    """Silence in the manifest means success."""
    assert judge_schedule(MANIFEST, played(won("a"), lost("b")), ()) == (
        "step b: expected 00000 (success), got P7002 (LEASE_LOST)",
    )


@pytest.mark.parametrize(
    ("outcomes", "says"),
    [
        ([won("x_a"), lost("x_b")], []),
        ([won("x_a"), won("x_b")], ["contest: got 2 winners (x_a, x_b); expected 1"]),
        ([lost("x_a"), lost("x_b")], ["contest: got 0 winners (none); expected 1"]),
        (
            [won("x_a"), lost("x_b", "23505")],
            [
                "contest: x_b lost with 23505 (UNIQUE_VIOLATION);"
                " expected P7002 (LEASE_LOST) or 40001 (SERIALIZATION_FAILURE)"
            ],
        ),
    ],
)
def test_contest_counts_winners_and_names_losers(outcomes: list[StepOutcome], says: list[str]) -> None:
    """So many win; the others lose with an allowed SQLSTATE."""
    manifest = replace(MANIFEST, outcome=Outcome(winners=1, losers=("P7002", "40001")))
    assert judge_contest(manifest, outcomes) == says


def test_contested_step_is_judged_by_the_contest_only() -> None:
    """A loser is no problem of its own; what is expected of a winner is."""
    manifest = replace(
        MANIFEST, outcome=Outcome(winners=1, losers=("P7002",)), expect={"x_a": Expectation(row_count=3)}
    )
    assert judge_schedule(manifest, played(lost("x_a"), won("x_b")), ("x_a", "x_b")) == ()
    assert judge_schedule(manifest, played(won("x_a"), lost("x_b")), ("x_a", "x_b")) == (
        "step x_a: expected row count 3, got None",
    )


def test_override_of_one_order_holds_for_that_order_only() -> None:
    """What one order answers differently is expected there and nowhere else."""
    override = ScheduleOverride(order=("b", "a"), expect={"a": Expectation(sqlstate="P7002")})
    manifest = replace(MANIFEST, outcome=Outcome(schedules=(override,)))
    assert judge_schedule(manifest, played(won("b"), lost("a")), ()) == ()
    assert len(judge_schedule(manifest, played(lost("a"), won("b")), ())) == 1


def test_hang_is_one_problem_that_names_who_was_waited_for() -> None:
    """A cancelled wait is reported as a hang, not as a wrong SQLSTATE."""
    schedule = played(won("a"), lost("b", "57014"))
    schedule.hung["b"] = "a"
    (problem,) = judge_schedule(MANIFEST, schedule, ())
    assert problem.startswith("step b: hangs: it waits for a")
    expecting = replace(MANIFEST, expect={"b": Expectation(sqlstate="57014")})
    assert judge_schedule(expecting, schedule, ()) == ()


def test_infeasible_order_is_one_problem() -> None:
    """Where the order could not go on, nothing else about it is judged."""
    schedule = played(won("a"), lost("b", "57014"))
    schedule.hung["b"] = "a"
    schedule.infeasible = "step 'c' cannot be launched"
    assert judge_schedule(MANIFEST, schedule, ()) == (
        "this order cannot happen: step 'c' cannot be launched",
    )


def test_breaks_must_exist_and_must_break() -> None:
    """A name that is no invariant, or that held, is a problem."""
    assert judge_breaks(["x"], {"x"}, {"x", "y"}) == []
    assert "which held all the time" in judge_breaks(["y"], {"x"}, {"x", "y"})[0]
    assert "is no standing invariant" in judge_breaks(["z"], {"z"}, {"x", "y"})[0]


OVERRIDE = ScheduleOverride(order=("b", "a"), expect={"a": Expectation(sqlstate="40001")})


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({}, {"a": "P7002", "b": "00000"}),
        (
            {"schedule": "every", "outcome": Outcome(schedules=(OVERRIDE,))},
            {"a": "40001,P7002", "b": "00000"},
        ),
        (
            {"schedule": (("b", "a"),), "outcome": Outcome(schedules=(OVERRIDE,))},
            {"a": "40001", "b": "00000"},
        ),
        (
            {"outcome": Outcome(contest=("a", "b"), winners=1, losers=("P7003",))},
            {"a": "00000,P7003", "b": "00000,P7003"},
        ),
    ],
)
def test_expected_codes_include_those_of_single_orders(change: dict, codes: dict) -> None:
    """What one order alone answers is expected too, of the orders that are run."""
    manifest = replace(MANIFEST, expect={"a": Expectation(sqlstate="P7002")}, **change)
    assert expected_codes(manifest, ("a", "b"), ("a", "b")) == codes


def test_contest_without_winners_excuses_no_step() -> None:
    """Where nobody counts winners, a last step that fails is judged as every other step."""
    manifest = replace(MANIFEST, outcome=Outcome(schedules=(OVERRIDE,)))
    said = judge_schedule(manifest, played(won("a"), lost("b")), ("a", "b"))
    assert said == ("step b: expected 00000 (success), got P7002 (LEASE_LOST)",)

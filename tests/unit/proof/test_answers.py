"""Answers turned into expectations."""

import tomllib
from collections.abc import Sequence

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.proof.answers import LONGEST_CELL, MOST_ROWS, Recorded, expectation_of, expectation_text, recorded
from leaseproof.proof.manifest import Expectation, Outcome, ScheduleOverride
from leaseproof.proof.outcome import ScheduleOutcome, StepOutcome

UUID = "01a208bb-a91b-74b4-99aa-000000000001"
NOON = "2026-01-02 12:00:00.6+00"


def step(name: str = "s", sqlstate: str = "00000", **given: object) -> StepOutcome:
    """Return an outcome."""
    return StepOutcome(step=name, session=f"of_{name}", sqlstate=sqlstate, **given)  # type: ignore[arg-type]


def rows(*values: str | None) -> StepOutcome:
    """Return an outcome of one row."""
    return step(columns=("c",) * len(values), rows=(values,), row_count=1)


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [
        (step(), step(), '"00000"'),
        (step(sqlstate="P7002", message="m"), step(sqlstate="P7002", message="n"), '"P7002"'),
        (
            step(sqlstate="23505", constraint="one"),
            step(sqlstate="23505", constraint="one"),
            '{ sqlstate = "23505", constraint = "one" }',
        ),
        (step(row_count=3), step(row_count=3), "{ row_count = 3 }"),
        (step(row_count=3), step(row_count=4), '"00000"'),
        (step(row_count=0), step(row_count=0), '"00000"'),
        (step(columns=("c",)), step(columns=("c",)), "{ rows = [] }"),
        (
            rows("1", "-7", "007", "t", None, "", 'q"\\\n'),
            rows("1", "-7", "007", "t", None, "", 'q"\\\n'),
            '{ rows = [[1, -7, "007", "t", "<NULL>", "", "q\\"\\\\\\n"]] }',
        ),
        (rows(UUID, NOON, "0/16B3748"), rows(UUID, NOON, "0/16B3748"),
         '{ rows = [["*", "*", "*"]] }'),
        (rows("same", "one"), rows("same", "other"), '{ rows = [["same", "*"]] }'),
        (rows("*", "<NULL>", "x" * 201), rows("*", "<NULL>", "x" * 201), '{ rows = [["*", "*", "*"]] }'),
        (rows("9" * 30), rows("9" * 30), f'{{ rows = [["{"9" * 30}"]] }}'),
        (
            step(columns=("c",), rows=(("1",),) * 21, row_count=21),
            step(columns=("c",), rows=(("1",),) * 21, row_count=21),
            "{ row_count = 21 }",
        ),
        (
            step(waited=True, waited_for=("a", "b")),
            step(waited=True, waited_for=("a", "b")),
            '{ blocks = ["a", "b"] }',
        ),
        (step(waited=True, waited_for=("a",)), step(waited=True, waited_for=("b",)), "{ blocks = true }"),
        (step(waited=True, waited_for=("a prepared transaction",)),) * 2 + ("{ blocks = true }",),
        (step(waited=True, waited_for=("a",)), step(), '"00000"'),
        (
            step(notices=("NOTICE: one", f"NOTICE: {UUID}")),
            step(notices=("NOTICE: one", f"NOTICE: {UUID}")),
            '{ notice = "NOTICE: one" }',
        ),
    ],
)  # fmt: skip
def test_expectation_is_what_is_the_same_in_both_runs(
    first: StepOutcome, second: StepOutcome, text: str
) -> None:
    """Random values become "*", what differs is left out, and the text is TOML on one line."""
    found = expectation_of(first, second, alone=True)
    assert expectation_text(found) == text
    tomllib.loads(f"x = {text}")


def test_waiting_is_not_recorded_where_orders_differ() -> None:
    """With several orders a step waits in some only."""
    waited = step(waited=True, waited_for=("a",))
    assert expectation_of(waited, waited, alone=False) == Expectation()


def test_null_in_one_run_only_is_refused() -> None:
    """A column that is sometimes NULL cannot be expected."""
    with pytest.raises(LeaseproofError, match="got NULL in one run"):
        expectation_of(rows(None), rows("1"), alone=True)


def schedules(*answers: Sequence[StepOutcome]) -> list[ScheduleOutcome]:
    """Return schedules with orders of their own."""
    return [
        ScheduleOutcome(order=(f"order_{index}",), steps=tuple(steps))
        for index, steps in enumerate(answers, start=1)
    ]


def test_recorded_names_only_what_is_not_plain_success() -> None:
    """A step that succeeds without saying anything needs no line."""
    one = schedules([step("quiet"), step("loud", "P7002")])
    assert recorded(one, one, last_steps=()) == Recorded(expect={"loud": Expectation(sqlstate="P7002")})


def test_recorded_keeps_rows_whole_where_they_were_expected() -> None:
    """Many rows, or long ones, are only recorded as such where a manifest named them before."""
    rows = tuple((f"{number}{'x' * LONGEST_CELL}",) for number in range(MOST_ROWS + 1))
    one = schedules([step("look", columns=("c",), rows=rows, row_count=len(rows))])
    assert recorded(one, one, last_steps=()).expect == {"look": Expectation(row_count=len(rows))}
    assert recorded(one, one, last_steps=(), whole=("look",)).expect == {"look": Expectation(rows=rows)}


def test_recorded_finds_a_contest_of_the_last_steps() -> None:
    """The same number of winners in each order is an outcome over the set; what a winner answers is kept."""
    won, lost = {"columns": ("c",), "rows": (("1",),), "row_count": 1}, "P7002"
    both = schedules([step("a", **won), step("b", lost)], [step("a", lost), step("b", **won)])
    found = recorded(both, both, last_steps=("a", "b"))
    assert found.outcome == Outcome(winners=1, losers=("P7002",))
    assert found.expect == {"a": Expectation(rows=((1,),)), "b": Expectation(rows=((1,),))}


def test_recorded_names_the_contest_where_it_is_not_the_last_steps() -> None:
    """Steps in the middle compete under their names."""
    both = schedules([step("a"), step("b", "P7002"), step("z")], [step("a", "40001"), step("b"), step("z")])
    found = recorded(both, both, last_steps=("z",))
    assert found.outcome == Outcome(contest=("a", "b"), winners=1, losers=("40001", "P7002"))


def test_recorded_falls_back_to_each_order() -> None:
    """Where the number of winners differs, each order says what its steps answer."""
    both = schedules([step("a"), step("b", "P7002")], [step("a"), step("b")])
    found = recorded(both, both, last_steps=("a", "b"))
    assert found.outcome == Outcome(
        schedules=(
            ScheduleOverride(order=("order_1",), expect={"b": Expectation(sqlstate="P7002")}),
            ScheduleOverride(order=("order_2",), expect={"b": Expectation()}),
        )
    )


def test_recorded_collects_broken_invariants() -> None:
    """Every invariant that some order breaks is named once, sorted."""
    one = [
        ScheduleOutcome(order=("x",), violations=("b", "a")),
        ScheduleOutcome(order=("y",), violations=("a",)),
    ]
    assert recorded(one, one, last_steps=()).breaks == ("a", "b")


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (
            [ScheduleOutcome(order=("a",), feasible=False, problems=("this order cannot happen: x",))],
            [],
            "this order cannot happen: x",
        ),
        (schedules([step("a")]), schedules([step("a")], [step("a")]), "got other orders in a second run"),
        (schedules([step("a")]), schedules([step("a", "40P01")]), "got two answers for step 'a' in two runs"),
        (schedules([step("a")]), schedules([]), "got two answers for step 'a' in two runs"),
    ],
)
def test_recorded_refuses_what_is_not_repeatable(
    first: list[ScheduleOutcome], second: list[ScheduleOutcome], message: str
) -> None:
    """An answer that chance decides is not written down."""
    with pytest.raises(LeaseproofError, match=message):
        recorded(first, second, last_steps=())

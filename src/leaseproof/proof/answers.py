"""What the server answered, turned into expectations. Pure functions of values.

Two runs of the same schedules tell what is the same each time; the rest becomes ``"*"`` or is left out.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

from leaseproof.errors import LeaseproofError
from leaseproof.proof.files import toml_string, toml_value
from leaseproof.proof.manifest import Cell, Expectation, Outcome, ScheduleOverride
from leaseproof.proof.outcome import SUCCESS, ScheduleOutcome, StepOutcome
from leaseproof.proof.volatile import VOLATILE

MOST_ROWS = 20  # more are recorded as a number
LONGEST_CELL = 200  # characters; a longer value is recorded as "*"

_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_MARKS = ("<NULL>", "*")  # texts that mean something else in a manifest


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What a manifest would have to say."""

    expect: Mapping[str, Expectation] = field(default_factory=dict)
    outcome: Outcome | None = None
    breaks: tuple[str, ...] = ()


def recorded(
    first: Sequence[ScheduleOutcome],
    second: Sequence[ScheduleOutcome],
    *,
    last_steps: Sequence[str],
    whole: Collection[str] = (),
) -> Recorded:
    """Return the expectations that both runs of a proof meet.

    Args:
        first: every schedule of one run.
        second: the same schedules in another run.
        last_steps: each session's last scheduled step: the contest by default.
        whole: steps whose rows are recorded however many and long they are.

    Raises:
        LeaseproofError: an order cannot happen, or the runs do not agree on what ran.
    """
    for schedule in first:
        if not schedule.feasible:
            raise LeaseproofError("; ".join(schedule.problems) or "got an order that cannot happen")
    if [each.order for each in first] != [each.order for each in second]:
        raise LeaseproofError(
            "got other orders in a second run of the same file; expected the same;"
            " look for a step that depends on time, chance or another client"
        )
    answers: dict[str, list[Expectation]] = {}
    for one, other in zip(first, second, strict=True):
        again = {step.step: step for step in other.steps}
        for step in one.steps:
            if step.step not in again or again[step.step].sqlstate != step.sqlstate:
                raise LeaseproofError(
                    f"got two answers for step {step.step!r} in two runs; expected the same twice;"
                    " look for a step that depends on time, chance or another client"
                )
            answers.setdefault(step.step, []).append(
                expectation_of(step, again[step.step], alone=len(first) == 1, whole=step.step in whole)
            )
    expect = {step: each[0] for step, each in answers.items() if each.count(each[0]) == len(each)}
    varying = [step for step in answers if step not in expect]
    outcome = _outcome(answers, varying, [each.order for each in first], last_steps) if varying else None
    if outcome and outcome.winners is not None:
        expect |= _when_winning(answers, varying)
    breaks = sorted({name for schedule in first for name in schedule.violations})
    return Recorded(
        expect={step: each for step, each in expect.items() if each != Expectation()},
        outcome=outcome,
        breaks=tuple(breaks),
    )


def expectation_of(
    first: StepOutcome, second: StepOutcome, *, alone: bool, whole: bool = False
) -> Expectation:
    """Return what one step answered in both runs.

    Args:
        first: the answer of one run.
        second: of the other.
        alone: the proof has one schedule, so that whether the step waits is part of the answer.
        whole: its rows are recorded however many and long they are.
    """
    blocks: bool | tuple[str, ...] | None = None
    if alone and first.waited and second.waited:
        blocks = first.waited_for if first.waited_for and first.waited_for == second.waited_for else True
        if any(" " in name for name in first.waited_for):  # not a session: a prepared transaction
            blocks = True
    notice = next(
        (each for each in first.notices if each in second.notices and not VOLATILE.search(each)), None
    )
    answer = Expectation(sqlstate=first.sqlstate, notice=notice, blocks=blocks)
    if first.sqlstate != SUCCESS:
        return replace(answer, constraint=first.constraint or None)
    same_shape = [len(row) for row in first.rows] == [len(row) for row in second.rows]
    if first.columns and same_shape and (whole or len(first.rows) <= MOST_ROWS):
        rows = tuple(
            tuple(_cell(one, other, whole=whole) for one, other in zip(row, again, strict=True))
            for row, again in zip(first.rows, second.rows, strict=True)
        )
        return replace(answer, rows=rows)
    if first.row_count and first.row_count == second.row_count:
        return replace(answer, row_count=first.row_count)
    return answer


def rows_text(rows: Sequence[Sequence[str | None]]) -> str:
    """Return rows that the server answered as they would stand in a manifest."""
    return toml_value(
        tuple(tuple("<NULL>" if each is None else _plain(each) for each in row) for row in rows)
    )


def expectation_text(expectation: Expectation) -> str:
    """Return an expectation as a TOML value on one line: a SQLSTATE alone, or an inline table."""
    given = {
        each.name: getattr(expectation, each.name)
        for each in fields(expectation)
        if getattr(expectation, each.name) is not None
    }
    if list(given) == ["sqlstate"]:
        return toml_string(expectation.sqlstate)
    if expectation.sqlstate == SUCCESS:
        del given["sqlstate"]
    return "{ " + ", ".join(f"{key} = {toml_value(value)}" for key, value in given.items()) + " }"


def _outcome(
    answers: Mapping[str, Sequence[Expectation]],
    varying: Sequence[str],
    orders: Sequence[tuple[str, ...]],
    last_steps: Sequence[str],
) -> Outcome:
    """Return a contest where each order has as many winners, else what each order answers differently."""
    contest = list(last_steps) if set(varying) <= set(last_steps) else list(varying)
    wins = [[answers[step][index].sqlstate == SUCCESS for step in contest] for index in range(len(orders))]
    winners = {sum(each) for each in wins}
    losers = {each.sqlstate for step in contest for each in answers[step]} - {SUCCESS}
    if len(winners) == 1 and losers and len(contest) > 1:
        return Outcome(
            contest=() if contest == list(last_steps) else tuple(contest),
            winners=winners.pop(),
            losers=tuple(sorted(losers)),
        )
    return Outcome(
        schedules=tuple(
            ScheduleOverride(order=order, expect={step: answers[step][index] for step in varying})
            for index, order in enumerate(orders)
        )
    )


def _when_winning(
    answers: Mapping[str, Sequence[Expectation]], varying: Sequence[str]
) -> dict[str, Expectation]:
    """Return what a contested step answers each time that it wins, where that is always the same."""
    won = {step: [each for each in answers[step] if each.sqlstate == SUCCESS] for step in varying}
    return {step: each[0] for step, each in won.items() if each and each.count(each[0]) == len(each)}


def _cell(first: str | None, second: str | None, *, whole: bool) -> Cell:
    if first is None and second is None:
        return "<NULL>"
    if first is None or second is None:
        raise LeaseproofError(
            "got NULL in one run and a value in the other; expected the same twice;"
            " look for a step that depends on time, chance or another client"
        )
    too_long = len(first) > LONGEST_CELL and not whole
    if first != second or first in _MARKS or too_long or VOLATILE.search(first):
        return "*"
    return _plain(first)


def _plain(text: str) -> Cell:
    return int(text) if _INTEGER.fullmatch(text) else text

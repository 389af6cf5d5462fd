"""A schedule as lanes over time: one column a session, downwards what ran, what waited, what it answered.

Pure functions of values; :mod:`svg` draws the same moments for a page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from leaseproof.errors import MODEL_SQLSTATES
from leaseproof.proof.cells import pad, printable, wrap
from leaseproof.proof.lexer import Unterminated, tokens
from leaseproof.proof.outcome import SUCCESS, Event, EventKind, ScheduleOutcome, StepOutcome

State = Literal["idle", "running", "waiting"]
Verdict = Literal["good", "refused", "bad"]  # as expected: success or refusal; bad: not as expected

WIDTH = 80
_GUTTER = 3
_READABLE = 34  # columns; the text of a narrower lane may run over idle lanes behind it
_BARS: Mapping[State, str] = {"idle": " ", "running": "│", "waiting": "┊"}
_CORNERS: Mapping[EventKind, str] = {"launch": "┌", "wait": "┊", "wake": "├", "done": "└", "skip": "├"}
_NAMES = {each.code: each.name for each in MODEL_SQLSTATES} | {
    "40P01": "DEADLOCK_DETECTED",
    "55P03": "LOCK_NOT_AVAILABLE",
    "57014": "QUERY_CANCELED",
    "57P01": "ADMIN_SHUTDOWN",
    "08006": "CONNECTION_FAILURE",
}
_BOLD, _DIM, _RED, _GREEN, _YELLOW, _CYAN, _PLAIN = "1", "2", "31", "32", "33", "36", "0"
_COLOURS: Mapping[Verdict, str] = {"good": _GREEN, "refused": _CYAN, "bad": _RED}


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One event as it is drawn."""

    number: int | None  # counts launches, None for other events
    session: str
    step: str
    kind: EventKind
    headline: str
    details: tuple[str, ...] = ()
    verdict: Verdict = "good"  # of the step's answer
    blockers: tuple[str, ...] = ()  # wait: the sessions that it waits for
    lanes: Mapping[str, State] = field(default_factory=dict)  # of every session, once the moment is past


def draw(
    outcome: ScheduleOutcome,
    *,
    sql: Mapping[str, str] | None = None,
    sessions: Sequence[str] = (),
    width: int = WIDTH,
    colour: bool = False,
) -> str:
    """Draw a schedule for a terminal, without a line end behind it.

    Args:
        outcome: of the schedule.
        sql: step to its text.
        sessions: order of the lanes; by first appearance when absent.
        width: columns of the terminal.
        colour: whether to use terminal colours.
    """
    lanes = lane_order(outcome, sessions)
    if not lanes:
        return "(nothing ran)"
    size = (width - _GUTTER - (len(lanes) - 1)) // len(lanes)
    lines = [" " * _GUTTER + " ".join(_paint(pad(name, size), _BOLD, colour) for name in lanes)]
    before: Mapping[str, State] = dict.fromkeys(lanes, "idle")
    for moment in moments(outcome, sql or {}, lanes):
        spanned = _spanned(lanes, moment.session, before, size)
        room = len(spanned) * (size + 1) - 1
        for index, (text, code) in enumerate(_own_lines(moment, room)):
            gutter = f"{moment.number:>{_GUTTER - 1}} " if index == 0 and moment.number else " " * _GUTTER
            cells = []
            for name in lanes:
                if name == moment.session:
                    cells.append(_paint(pad(text, room), code, colour))
                elif name not in spanned:
                    waits = before[name] == "waiting"
                    cells.append(_paint(pad(_BARS[before[name]], size), _YELLOW, colour and waits))
            lines.append(gutter + " ".join(cells))
        before = moment.lanes
    return "\n".join(line.rstrip() for line in lines)


def _spanned(lanes: Sequence[str], session: str, states: Mapping[str, State], size: int) -> tuple[str, ...]:
    """Return the session's lane and the idle ones behind it that its text may run over."""
    start = lanes.index(session)
    end = start + 1
    while end < len(lanes) and states[lanes[end]] == "idle" and (end - start) * (size + 1) <= _READABLE:
        end += 1
    return tuple(lanes[start:end])


def moments(outcome: ScheduleOutcome, sql: Mapping[str, str], lanes: Sequence[str]) -> tuple[Moment, ...]:
    """Return the events of a schedule in words.

    Args:
        outcome: of the schedule.
        sql: step to its text.
        lanes: names of all sessions.
    """
    states: dict[str, State] = dict.fromkeys(lanes, "idle")
    answers = {step.step: step for step in outcome.steps}
    after: Mapping[EventKind, State] = {
        "launch": "running",
        "wait": "waiting",
        "wake": "running",
        "done": "idle",
    }
    told, launches = [], 0
    for event in outcome.events:
        launches += event.kind == "launch"
        states[event.session] = after.get(event.kind, states[event.session])
        headline, details = _words(event, answers.get(event.step), sql.get(event.step, ""))
        told.append(
            Moment(
                number=launches if event.kind == "launch" else None,
                session=event.session,
                step=event.step,
                kind=event.kind,
                headline=headline,
                details=details,
                verdict=_verdict(event, outcome, answers.get(event.step)),
                blockers=_blockers(event, lanes),
                lanes=dict(states),
            )
        )
    return tuple(told)


def lane_order(outcome: ScheduleOutcome, sessions: Sequence[str]) -> tuple[str, ...]:
    """Return the sessions that did something: the given ones first, then the others as they appear."""
    seen = dict.fromkeys(event.session for event in outcome.events)
    return tuple(dict.fromkeys([name for name in sessions if name in seen] + list(seen)))


def one_line(sql: str) -> str:
    """Return SQL on one line, without comments."""
    try:
        parts = [" " if token.kind in ("comment", "block") else token.text for token in tokens(sql)]
    except Unterminated:
        parts = [sql]
    return printable("".join(parts)).rstrip(";")


def answer(outcome: StepOutcome) -> str:
    """Return what a step answered in a few words: its SQLSTATE with its name, or how many rows."""
    if outcome.sqlstate != SUCCESS:
        return (
            f"{outcome.sqlstate} {_NAMES[outcome.sqlstate]}"
            if outcome.sqlstate in _NAMES
            else outcome.sqlstate
        )
    if outcome.row_count is None:
        return "done"
    return f"{outcome.row_count} row{'' if outcome.row_count == 1 else 's'}"


def _verdict(event: Event, schedule: ScheduleOutcome, answered: StepOutcome | None) -> Verdict:
    """Return whether what ended is what the proof expects: a refusal that it asks for is no failure."""
    if event.kind not in ("skip", "done"):
        return "good"
    if schedule.is_unexpected(event.step) or (event.kind == "skip" and not schedule.feasible):
        return "bad"
    return "good" if answered is None or answered.sqlstate == SUCCESS else "refused"


def _words(event: Event, outcome: StepOutcome | None, sql: str) -> tuple[str, tuple[str, ...]]:
    if event.kind == "launch":
        return event.step, (one_line(sql),) if sql else ()
    if event.kind == "wait":
        return f"waits {event.text}".strip(), ()
    if event.kind == "wake":
        return "goes on", ()
    if event.kind == "skip":
        return printable(event.text), ()
    if outcome is None:
        return printable(event.text) or "done", ()
    details = [printable(notice) for notice in outcome.notices]
    if outcome.sqlstate != SUCCESS:
        details.append(printable(outcome.message))
    elif outcome.rows:
        details.append(_row(outcome.rows[0]) + (" …" if len(outcome.rows) > 1 else ""))
    return answer(outcome), tuple(each for each in details if each)


def _row(row: Sequence[str | None]) -> str:
    return printable("(" + ", ".join("NULL" if value is None else value for value in row) + ")")


def _blockers(event: Event, lanes: Sequence[str]) -> tuple[str, ...]:
    if event.kind != "wait":
        return ()
    named = {each.strip() for each in event.text.removeprefix("for ").split(",")}
    return tuple(name for name in lanes if name in named)


def _own_lines(moment: Moment, room: int) -> list[tuple[str, str]]:
    """Return a moment's lines, each with its colour; the headline is wrapped, details will be cut."""
    codes: Mapping[EventKind, str] = {"launch": _BOLD, "wait": _YELLOW, "wake": _PLAIN}
    code = codes.get(moment.kind, _COLOURS[moment.verdict])
    bar = " " if moment.kind == "done" else _BARS["waiting" if moment.kind == "wait" else "running"]
    first, *others = wrap(moment.headline, room - 2)
    return [
        (f"{_CORNERS[moment.kind]} {first}", code),
        *((f"{bar} {each}", code) for each in others),
        *((f"{bar} {detail}", _DIM) for detail in moment.details),
    ]


def _paint(text: str, code: str, colour: bool) -> str:
    words = text.rstrip()
    return f"\x1b[{code}m{words}\x1b[0m{text[len(words) :]}" if colour and code != _PLAIN and words else text

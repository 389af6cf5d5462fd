"""What a proof answered: plain values, no I/O. The runner fills them, the plugin and the bundle read them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

SUCCESS = "00000"
_WINNERS = re.compile(r"contest: got (\d+) winners? \((.*)\); expected (\d+)")

EventKind = Literal["launch", "wait", "wake", "done", "skip"]
Result = Literal["passed", "failed", "error", "not_applicable"]


@dataclass(frozen=True, kw_only=True)
class StepOutcome:
    """What one step of one schedule answered."""

    step: str
    session: str
    sqlstate: str  # 00000 on success; 57014 cancelled, 40P01 deadlock, 08006 connection lost, ...
    message: str = ""  # the server's primary message
    detail: str = ""
    hint: str = ""
    constraint: str = ""  # constraint or unique index named by the server
    columns: tuple[str, ...] = ()  # of the last statement that returned rows
    rows: tuple[tuple[str | None, ...], ...] = ()  # its rows as text, None for NULL
    row_count: int | None = None  # rows returned or affected by the last statement
    notices: tuple[str, ...] = ()  # "SEVERITY: message"
    waited: bool = False
    waited_for: tuple[str, ...] = ()  # names of the sessions that held it up, sorted


@dataclass(frozen=True, kw_only=True)
class Event:
    """One moment of a schedule, in order; it has no clock, so that two runs are equal."""

    position: int
    session: str
    step: str
    kind: EventKind
    text: str = ""  # wait: who it waits for; done: SQLSTATE or row count; skip: why


@dataclass(frozen=True, kw_only=True)
class ScheduleOutcome:
    """One schedule of a proof: its order, what each step answered, and what was wrong with that."""

    order: tuple[str, ...]
    feasible: bool = True  # False: a step's session was still waiting, so this order cannot happen
    steps: tuple[StepOutcome, ...] = ()
    events: tuple[Event, ...] = ()
    problems: tuple[str, ...] = ()  # one sentence each: step, expected, got
    violations: tuple[str, ...] = ()  # names of standing invariants that returned a row and should not

    def is_unexpected(self, step: str) -> bool:
        """Return whether a problem names the step: its answer is not what the proof expects."""
        return any(_names(problem, step) for problem in self.problems)


@dataclass(frozen=True, kw_only=True)
class ProofResult:
    """One proof of one run."""

    id: str
    path: str  # of the SQL file, relative to the root, POSIX separators
    claim: str
    invariant: str
    covers: tuple[str, ...] = ()
    result: Result
    reason: str = ""  # error or not_applicable: why, one sentence
    expected: Mapping[str, str] = field(default_factory=dict)  # step -> SQLSTATE that had to come back
    observed: Mapping[str, str] = field(default_factory=dict)  # step -> SQLSTATE(s) that came back, comma-separated
    roles: Sequence[str] = ()  # database roles of its sessions, sorted
    schedules_run: int = 0
    schedules_infeasible: int = 0
    waits: int = 0  # steps that waited, over all schedules
    invariants_checked: int = 0  # standing queries run, over all schedules
    breaks: Sequence[str] = ()
    schedules: Sequence[ScheduleOutcome] = ()  # all that failed; of those that passed, the first three
    digest: str = ""  # sha256 of the pair's two files
    duration_ms: float = 0.0  # only run.json quotes it

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain JSON values, keys in declaration order."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "ProofResult":
        """Rebuild a result from :meth:`to_json`'s answer, as read back from a file."""
        schedules = tuple(
            ScheduleOutcome(
                order=tuple(one["order"]),
                feasible=one["feasible"],
                steps=tuple(_step(step) for step in one["steps"]),
                events=tuple(Event(**event) for event in one["events"]),
                problems=tuple(one["problems"]),
                violations=tuple(one["violations"]),
            )
            for one in value["schedules"]
        )
        tuples = {name: tuple(value[name]) for name in ("covers", "roles", "breaks")}
        return cls(**{**value, **tuples, "schedules": schedules})


def _names(problem: str, step: str) -> bool:
    """Return whether the judge's sentence is about the step; of winners, only when they are too many."""
    if problem.startswith((f"step {step}:", f"contest: {step} ")):
        return True
    if problem.startswith("this order cannot happen: "):
        return repr(step) in problem
    winners = _WINNERS.match(problem)
    return winners is not None and int(winners[1]) > int(winners[3]) and step in winners[2].split(", ")


def _step(value: Mapping[str, Any]) -> StepOutcome:
    rows = tuple(tuple(row) for row in value["rows"])
    tuples = {name: tuple(value[name]) for name in ("columns", "notices", "waited_for")}
    return StepOutcome(**{**value, **tuples, "rows": rows})

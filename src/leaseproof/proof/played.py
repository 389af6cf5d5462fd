"""What one schedule did, before anybody judges it: values that a stage fills, without I/O."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from leaseproof.proof.outcome import Event, EventKind, StepOutcome
from leaseproof.proof.schedule import Order

_NUMBERED = re.compile(r"\b(transaction|relation|database|class|object) \d+|\(\d+,\d+\)")


@dataclass
class Played:
    """What one schedule did, before anybody judges it."""

    order: Order = ()  # of the scheduled steps
    outcomes: dict[str, StepOutcome] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    infeasible: str = ""  # why the order could not go on
    hung: dict[str, str] = field(
        default_factory=dict
    )  # step -> what it waited for when nothing could end that
    stalls: dict[str, str] = field(default_factory=dict)  # step -> what it waited for that was none of ours
    broken_setup: str = ""  # the setup step that failed, so that nothing after it was tried

    def note(self, kind: EventKind, session: str, step: str, text: str = "") -> None:
        """Add the next event."""
        self.events.append(Event(position=len(self.events), session=session, step=step, kind=kind, text=text))


def listed(names: Collection[str]) -> str:
    """Return the sessions that somebody waits for, in words."""
    return ", ".join(sorted(names)) or "another session"


def name_backends(outcome: StepOutcome, names: Mapping[int, str]) -> StepOutcome:
    """Put sessions for process ids into a deadlock's detail, without other numbers: each run says the same.

    Args:
        outcome: of the victim's step.
        names: backend process id to session.
    """
    detail = outcome.detail
    blockers = set()
    for pid, name in names.items():
        if re.search(rf"blocked by process {pid}\b", detail) and name != outcome.session:
            blockers.add(name)
        detail = re.sub(rf"\b([Pp]rocess) {pid}\b", rf"\1 of session {name}", detail)
    detail = _NUMBERED.sub(lambda each: each[1] or "", detail)
    return replace(outcome, detail=detail, waited=True, waited_for=tuple(sorted(blockers)))

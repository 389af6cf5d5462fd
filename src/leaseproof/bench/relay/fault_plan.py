"""The plan of a fault campaign: drawn from a seed, so that the seed replays it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from random import Random


class Kind(Enum):
    """What is done to the system."""

    KILL = "kill -9 a worker; another takes its place"
    PAUSE = "SIGSTOP a worker that holds leases until others have them, then SIGCONT"
    TERMINATE = "pg_terminate_backend on every connection of the workers"
    CRASH = "immediate stop of the server, and a new start"
    RETIRE = "SIGTERM a worker; another takes its place"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault, done while its share of the payments is under way."""

    kind: Kind
    worker: int  # which of the workers, where it concerns one
    payments: int  # enqueued right before it


# What the rail does wrong, in percent of calls; each must be survivable within the retry ceiling.
RAIL_FAULTS = "again=4,dropped=4,error=4,late=3,lost=5,never=2,overdue=3,twice=5"


def draw(*, seed: int, payments: int, workers: int) -> tuple[Fault, ...]:
    """Return a plan in which every kind of fault comes at least once, and more with more payments."""
    random = Random(seed)
    kinds = list(Kind) + random.choices(list(Kind), k=min(40, payments // 250))
    random.shuffle(kinds)
    share = payments // (len(kinds) + 1)
    return tuple(Fault(kind=kind, worker=random.randrange(workers), payments=share) for kind in kinds)


def describe(plan: Sequence[Fault]) -> str:
    """Return the plan, one fault a line."""
    return "\n".join(
        f"{number:>3}. {fault.payments} payments, then {fault.kind.name} worker {fault.worker}: {fault.kind.value}"
        for number, fault in enumerate(plan, 1)
    )

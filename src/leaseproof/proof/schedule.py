"""Which orders of the steps to run: explicit ones, all interleavings, or a sample of them. No I/O.

An order is *feasible* when no step is launched in a session whose earlier step still waits. Whether it is
shows only while it runs, so all interleavings are walked as a tree: each run follows a prefix already known
to be feasible, goes on with the first session that can, and leaves behind the turns that it did not take.
"""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from leaseproof.errors import LeaseproofError

Order = tuple[str, ...]


class Guide(Protocol):
    """What tells a running schedule which step comes next."""

    ends_waits: bool  # whether waits are cancelled when every session that has steps left waits

    def replay(self, done: Order) -> None:
        """Begin anew with the steps that were launched before the run was given up."""

    def wanted(self, done: Order) -> str | None:
        """Return the step that has to come next, if that is fixed."""

    def choose(self, done: Order, ready: Sequence[str], held: Sequence[str]) -> str | None:
        """Return the next step, or None to stop here.

        Args:
            done: the steps launched so far.
            ready: the next step of each session that is free, sessions in file order.
            held: the next step of each session whose earlier step still waits.
        """


def count_interleavings(lengths: Sequence[int]) -> int:
    """Return in how many orders steps can be merged when each session keeps its own order.

    Args:
        lengths: number of steps of each session.
    """
    total = math.factorial(sum(lengths))
    for length in lengths:
        total //= math.factorial(length)
    return total


@dataclass
class Explicit:
    """One written order; it stops where the order cannot go on."""

    order: Order
    ends_waits = False

    def replay(self, done: Order) -> None:
        """Begin anew: a written order is the same each time."""

    def wanted(self, done: Order) -> str | None:
        """Return the next written step."""
        return self.order[len(done)] if len(done) < len(self.order) else None

    def choose(self, done: Order, ready: Sequence[str], held: Sequence[str]) -> str | None:
        """Return the next written step if its session is free."""
        step = self.wanted(done)
        return step if step in ready else None


@dataclass
class Interleavings:
    """Every feasible merge of the sessions' steps, one run each.

    Args:
        sessions: each session's steps in its own order, sessions in file order.

    Use it as: ``while (guide := tree.next_guide()) is not None: run(guide)``.
    """

    sessions: Mapping[str, Sequence[str]]
    infeasible: int = 0  # merges that cannot happen, counted by the turns that were refused
    _open: list[Order] = field(default_factory=lambda: [()])

    def next_guide(self) -> "Branch | None":
        """Return the guide of the next run, or None when the tree is walked."""
        if not self._open:
            return None
        return Branch(tree=self, prefix=self._open.pop())

    def refuse(self, done: Order, step: str) -> None:
        """Count the merges that begin with these steps and then one whose session waits."""
        self.infeasible += count_interleavings(self._left((*done, step)))

    def leave_behind(self, prefix: Order) -> None:
        """Keep a turn for a later run."""
        self._open.append(prefix)

    def _left(self, done: Order) -> list[int]:
        launched = set(done)
        return [sum(step not in launched for step in steps) for steps in self.sessions.values()]


@dataclass
class Branch:
    """One run down the tree of interleavings."""

    tree: Interleavings
    prefix: Order
    ends_waits = True

    def replay(self, done: Order) -> None:
        """Begin anew; the turns that were left behind on the way stay left behind once."""
        if len(done) > len(self.prefix):
            self.prefix = done

    def wanted(self, done: Order) -> str | None:
        """Return nothing: past the prefix any free session may be next."""
        return None

    def choose(self, done: Order, ready: Sequence[str], held: Sequence[str]) -> str | None:
        """Follow the prefix, then take the first free session and leave the others for later runs."""
        position = len(done)
        if position < len(self.prefix):
            step = self.prefix[position]
            if step not in ready:
                raise LeaseproofError(
                    f"got a waiting session at step {step!r} after {', '.join(done)}, which was free in an"
                    " earlier run of the same steps; expected them to wait in the same way each time; "
                    "look for a step that depends on time, chance or another client"
                )
            return step
        for step in held:
            self.tree.refuse(done, step)
        for step in reversed(ready[1:]):
            self.tree.leave_behind((*done, step))
        return ready[0]


def sample_orders(sessions: Mapping[str, Sequence[str]], size: int, seed: int) -> list[Order]:
    """Draw distinct merges, each equally likely; the same seed gives the same list.

    Args:
        sessions: each session's steps in its own order.
        size: how many; all of them when there are not that many.
        seed: of the generator.
    """
    generator = random.Random(seed)
    wanted = min(size, count_interleavings([len(steps) for steps in sessions.values()]))
    drawn: dict[Order, None] = {}
    while len(drawn) < wanted:
        turns = [name for name, steps in sessions.items() for _ in steps]
        generator.shuffle(turns)
        left = {name: iter(steps) for name, steps in sessions.items()}
        drawn[tuple(next(left[name]) for name in turns)] = None
    return list(drawn)

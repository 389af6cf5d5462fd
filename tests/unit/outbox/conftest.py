"""Fakes for the worker's tests: a clock that is moved by hand, a database and a rail that answer from a script."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

from leaseproof.errors import DatabaseError
from leaseproof.outbox.conditions import Conditions
from leaseproof.outbox.payment import Answered, Outcome, Payment
from leaseproof.outbox.rails.protocol import Absent, Accepted
from leaseproof.outbox.relayer import Relayer
from leaseproof.outbox.settings import WorkerSettings
from leaseproof.outbox.signals import Signals


def make_settings(**changes: Any) -> WorkerSettings:
    """Return settings for a fake database."""
    return WorkerSettings(**({"database_url": "postgresql:///none", "worker_id": "worker-1"} | changes))


def make_payment(**changes: Any) -> Payment:
    """Return a payment under its first lease."""
    values: dict[str, Any] = {
        "outbox_id": uuid4(),
        "instruction_id": "instruction-1",
        "participant_id": "participant-1",
        "sequence_id": 1,
        "idempotency_key": "key-1",
        "rail_type": "INSTANT",
        "payload": '{"amount": "10.00"}',
        "attempt_count": 0,
        "lease_token": uuid4(),
        "lease_epoch": 1,
    }
    return Payment(**(values | changes))


class Clock:
    """A clock that moves only when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the reading."""
        return self.now


class Calls:
    """A database that hands out the payments it was given and answers completions from a script.

    ``claims``, ``completions`` and ``late`` hold answers or errors, taken in order; without any, everything works.
    """

    def __init__(self, payments: Sequence[Payment] = ()) -> None:
        self.payments = list(payments)
        self.claims: list[DatabaseError] = []
        self.completions: list[DatabaseError | list[Answered]] = []
        self.late: list[Exception | bool] = []
        self.completed: list[tuple[UUID, Outcome]] = []
        self.tried: list[list[UUID]] = []
        self.reported: list[tuple[UUID, Outcome]] = []
        self.claim_count = 0
        self.when_empty: Callable[[], None] = lambda: None

    async def claim(self, batch_size: int, lease_seconds: int) -> list[Payment]:
        """Hand out what is left."""
        self.claim_count += 1
        await asyncio.sleep(0)
        if self.claims:
            raise self.claims.pop(0)
        taken, self.payments = self.payments[:batch_size], self.payments[batch_size:]
        if not taken:
            self.when_empty()
        return taken

    async def complete(self, payment: Payment, outcome: Outcome) -> Answered:
        """Record one."""
        return (await self.complete_many([(payment, outcome)]))[0]

    async def complete_many(self, pairs: Sequence[tuple[Payment, Outcome]]) -> list[Answered]:
        """Record many."""
        await asyncio.sleep(0)
        self.tried.append([payment.outbox_id for payment, _ in pairs])
        answer = (
            self.completions.pop(0) if self.completions else [Answered(state=o.state.value) for _, o in pairs]
        )
        if isinstance(answer, DatabaseError):
            raise answer
        for (payment, outcome), each in zip(pairs, answer, strict=True):
            if each.refused_with is None:
                self.completed.append((payment.outbox_id, outcome))
        return answer

    async def report_late(self, payment: Payment, outcome: Outcome) -> bool:
        """Keep a late outcome."""
        await asyncio.sleep(0)
        answer = self.late.pop(0) if self.late else True
        if isinstance(answer, Exception):
            raise answer
        self.reported.append((payment.outbox_id, outcome))
        return answer


class ScriptedRail:
    """A rail that answers from a script and writes down what it was asked, and when by the fake clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.answers: list[Any] = []  # an answer, an exception, or a callable that returns one
        self.found: list[Any] = []
        self.dispatched: list[tuple[str, int, float, float]] = []  # key, epoch, moment, deadline
        self.asked: list[str] = []

    async def dispatch(
        self, payment: Payment, *, idempotency_key: str, fencing_epoch: int, deadline: float
    ) -> Any:
        """Take a payment."""
        self.dispatched.append((idempotency_key, fencing_epoch, self._clock(), deadline))
        return await _said(self.answers, Accepted(reference="r-1"))

    async def lookup(self, idempotency_key: str, *, deadline: float) -> Any:
        """Answer a question by key."""
        self.asked.append(idempotency_key)
        return await _said(self.found, Absent())

    async def aclose(self) -> None:
        """Hold nothing."""


async def _said(script: list[Any], otherwise: Any) -> Any:
    answer = script.pop(0) if script else otherwise
    if callable(answer):
        answer = answer()
    if asyncio.iscoroutine(answer):
        answer = await answer
    if isinstance(answer, BaseException):
        raise answer
    return answer


class Counting:
    """A hook that adds up what it is told."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()
        self.increments: list[tuple[str, int]] = []
        self.gauges: list[tuple[str, int]] = []

    def count(self, name: str, amount: int) -> None:
        """Add."""
        self.counted[name] += amount
        self.increments.append((name, amount))

    def gauge(self, name: str, value: int) -> None:
        """Set."""
        self.gauges.append((name, value))


class Bench:
    """A relayer on fakes."""

    def __init__(self, payments: Sequence[Payment], **changes: Any) -> None:
        self.settings = make_settings(**({"poll_interval_seconds": 0.01} | changes))
        self.clock = Clock()
        self.calls = Calls(payments)
        self.rail = ScriptedRail(self.clock)
        self.hook = Counting()
        self.signals = Signals(worker_id="worker-1", hooks=(self.hook,))
        self.relayer = Relayer(
            settings=self.settings,
            calls=self.calls,
            rail=self.rail,
            signals=self.signals,
            conditions=Conditions(worker_id="worker-1"),
            clock=self.clock,
            random=Random(7),
        )
        self.calls.when_empty = self.stop_when_idle

    def stop_when_idle(self) -> None:
        """Stop when a claim finds nothing and nothing is in hand; otherwise look again soon."""
        if self.relayer.in_hand == 0:
            self.relayer.stop()
        else:
            asyncio.get_running_loop().call_soon(self.relayer.wake)

    def stand_still_after_claims(self, seconds: float) -> None:
        """Let the process stop, as by SIGSTOP, between the answer to a claim that found something and its work."""
        claim = self.calls.claim

        async def stopped(batch_size: int, lease_seconds: int) -> list[Payment]:
            payments = await claim(batch_size, lease_seconds)
            self.clock.now += seconds if payments else 0.0
            return payments

        self.calls.claim = stopped  # type: ignore[method-assign]

    def run(self) -> None:
        """Relay until everything is settled."""

        async def bounded() -> None:
            async with asyncio.timeout(20):
                await self.relayer.run()

        asyncio.run(bounded())


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Return the log lines so far, level first."""
    caplog.set_level(logging.INFO, logger="leaseproof.outbox")
    return lambda: [f"{record.levelname} {record.getMessage()}" for record in caplog.records]


@pytest.fixture
def new_settings() -> Callable[..., WorkerSettings]:
    """Make settings, changed by name."""
    return make_settings


@pytest.fixture
def new_payment() -> Callable[..., Payment]:
    """Make a payment, changed by name."""
    return make_payment


@pytest.fixture
def bench_of() -> Callable[..., Bench]:
    """Make a relayer on fakes for some payments."""
    return Bench


@pytest.fixture
def counting() -> Counting:
    """Make a hook that adds up."""
    return Counting()

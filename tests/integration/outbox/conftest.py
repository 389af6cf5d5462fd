"""What the worker's integration tests share: an outbox with payments, and the worker's calls on it."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import psycopg
import pytest

from leaseproof.database.run import Run
from leaseproof.outbox.calls import OutboxCalls
from leaseproof.outbox.conditions import Conditions
from leaseproof.outbox.payment import Payment
from leaseproof.outbox.rails.protocol import Absent, Accepted, Found
from leaseproof.outbox.relayer import Relayer
from leaseproof.outbox.settings import WorkerSettings
from leaseproof.outbox.signals import Signals

_T = TypeVar("_T")


class Outbox:
    """One scratch database as its owner sees it, and as a worker reaches it."""

    def __init__(self, run: Run, database: str, owner: psycopg.Connection[Any]) -> None:
        self.database = database
        self.owner = owner
        self.url = run.login("outbox_executor", database).conninfo

    def enqueue(self, payments: int = 1, *, payload: str = '{"amount": "10.00"}') -> None:
        """Write payments into the outbox."""
        self.owner.execute(
            "SELECT count(e.outbox_id) FROM generate_series(1, %s::integer) AS n CROSS JOIN LATERAL"
            " public.enqueue_payment_outbox('i-' || n, 'p-' || n %% 3, 'k-' || n, 'INSTANT', %s::jsonb) AS e",
            [payments, payload],
        )

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return rows as the owner reads them."""
        return self.owner.execute(query, list(values) or None).fetchall()  # type: ignore[call-overload]

    def ledger(self) -> Counter[str]:
        """Return how many attempts there are of each state."""
        return Counter(
            dict(self.rows("SELECT state::text, count(*) FROM payment_outbox_attempts GROUP BY 1"))
        )

    def pending(self) -> int:
        """Return how many payments are pending."""
        return self.rows("SELECT count(*) FROM payment_outbox_pending")[0][0]

    def expire(self, outbox_id: UUID | None = None) -> None:
        """Let leases run out: as the owner, by moving their end."""
        self.owner.execute(
            "UPDATE payment_outbox_pending SET lease_expires_at = leased_at + interval '1 microsecond'"
            " WHERE lease_token IS NOT NULL AND (%s::uuid IS NULL OR outbox_id = %s)",
            [outbox_id, outbox_id],
        )

    def forge_terminal(self) -> None:
        """Give every leased payment a terminal row that no function wrote: as the owner, with the guards off."""
        with self.owner.transaction():
            self.owner.execute("SET LOCAL session_replication_role = replica")
            self.owner.execute(
                "INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id,"
                " sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at,"
                " recorded_by, recorded_at, ended_by) SELECT outbox_id, attempt_count + 1, 'DISPATCHED', instruction_id,"
                " participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch + 100, gen_random_uuid(),"
                " 'forger', leased_at, 'forger', clock_timestamp(), 'COMPLETION' FROM payment_outbox_pending"
                " WHERE lease_token IS NOT NULL"
            )

    def calls(self, worker_id: str = "worker-1", **changes: Any) -> OutboxCalls:
        """Return a worker's calls, not yet opened."""
        settings = {"pool_size": 3, "statement_timeout_seconds": 10.0} | changes
        return OutboxCalls(database_url=self.url, worker_id=worker_id, **settings)


class CountingRail:
    """Takes every payment, in this process; what it takes can be slowed or answered otherwise by a function."""

    def __init__(self) -> None:
        self.keys: Counter[str] = Counter()
        self.on_dispatch: Callable[[Payment], Awaitable[Any]] | None = None

    async def dispatch(
        self, payment: Payment, *, idempotency_key: str, fencing_epoch: int, deadline: float
    ) -> Any:
        """Take a payment."""
        if self.on_dispatch is not None and (answer := await self.on_dispatch(payment)) is not None:
            return answer
        self.keys[idempotency_key] += 1
        return Accepted(reference=f"rail-{idempotency_key}")

    async def lookup(self, idempotency_key: str, *, deadline: float) -> Found:
        """Answer from the books."""
        return Accepted(reference=f"rail-{idempotency_key}") if self.keys[idempotency_key] else Absent()

    async def aclose(self) -> None:
        """Hold nothing."""


class Worker:
    """A relayer on a real database, with an in-process rail."""

    def __init__(self, outbox: Outbox, **changes: Any) -> None:
        values = {
            "database_url": outbox.url,
            "worker_id": "worker-1",
            "poll_interval_seconds": 0.05,
        } | changes
        self.settings = WorkerSettings(**values)
        self.rail = CountingRail()
        self.signals = Signals(worker_id=self.settings.worker_id)
        self.outbox = outbox

    async def until(
        self, done: Callable[[], bool], *, beside: Callable[[Relayer], Awaitable[None]] | None = None
    ) -> None:
        """Relay until something is true, then stop as SIGTERM does."""
        conditions = Conditions(worker_id=self.settings.worker_id)
        limits = {
            "pool_size": self.settings.pool_size,
            "statement_timeout_seconds": self.settings.statement_timeout_seconds,
        }
        async with self.outbox.calls(self.settings.worker_id, **limits) as calls, asyncio.timeout(60):
            relayer = Relayer(
                settings=self.settings,
                calls=calls,
                rail=self.rail,
                signals=self.signals,
                conditions=conditions,
            )
            running = asyncio.create_task(relayer.run())
            aside = asyncio.create_task(beside(relayer)) if beside else None
            while not done():
                await asyncio.sleep(0.01)
            relayer.stop()
            await running
            if aside is not None:
                aside.cancel()
                await asyncio.gather(aside, return_exceptions=True)


@pytest.fixture
def outbox(leaseproof_run: Run, database: str, connect_as: Any) -> Outbox:
    """Return an empty outbox of this test's own."""
    return Outbox(leaseproof_run, database, connect_as("owner", database))


@pytest.fixture
def new_worker(outbox: Outbox) -> Callable[..., Worker]:
    """Return a function that makes a worker, its settings changed by name."""
    return lambda **changes: Worker(outbox, **changes)


@pytest.fixture
def with_calls(outbox: Outbox) -> Callable[..., Any]:
    """Return a function that runs ``use(calls)`` on opened calls."""

    def run(use: Callable[[OutboxCalls], Awaitable[_T]], worker_id: str = "worker-1", **changes: Any) -> _T:
        async def body() -> _T:
            async with outbox.calls(worker_id, **changes) as calls:
                return await use(calls)

        return asyncio.run(body())

    return run

"""Calls to the rail that always end, and always with an answer, whatever the rail does."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from leaseproof.outbox.payment import Payment
from leaseproof.outbox.rails.protocol import Answer, Found, Rail, Unknown
from leaseproof.outbox.settings import WorkerSettings
from leaseproof.outbox.signals import Signals

_Said = TypeVar("_Said")


class RailCalls:
    """The rail as the relayer sees it: a bug in it is an unknown answer and an unexpected one.

    Args:
        clock: readings in seconds; deadlines are of the same clock.
    """

    def __init__(
        self, *, rail: Rail, settings: WorkerSettings, signals: Signals, clock: Callable[[], float]
    ) -> None:
        self._rail = rail
        self._settings = settings
        self._signals = signals
        self._clock = clock

    async def dispatch(self, payment: Payment, deadline: float) -> Answer:
        """Send one payment."""
        return await self._ended(
            "rail",
            payment,
            deadline,
            lambda: self._rail.dispatch(
                payment,
                idempotency_key=str(payment.outbox_id),
                fencing_epoch=payment.lease_epoch,
                deadline=deadline,
            ),
        )

    async def lookup(self, payment: Payment, deadline: float) -> Found:
        """Ask what became of one payment."""
        return await self._ended(
            "lookup",
            payment,
            deadline,
            lambda: self._rail.lookup(str(payment.outbox_id), deadline=deadline),
        )

    async def _ended(
        self, where: str, payment: Payment, deadline: float, begin: Callable[[], Awaitable[_Said]]
    ) -> _Said | Unknown:
        try:
            async with asyncio.timeout(self._patience(deadline)):
                return await begin()
        except TimeoutError:
            return Unknown(error_code=f"{where.upper()}_TIMEOUT")
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and _is_cancelled():
                raise
            name = type(error).__name__
            self._signals.unexpected(
                where, name, "not shown: it may hold a credential", outbox_id=payment.outbox_id
            )
            return Unknown(error_code=f"{where.upper()}_ERROR", message=name)

    def _patience(self, deadline: float) -> float:
        """Return how long to wait for a rail that should end by its deadline by itself; the margin pays for it."""
        return max(0.0, deadline - self._clock()) + self._settings.margin_seconds / 4


def _is_cancelled() -> bool:
    """Return whether this task itself is to end, not only something that the rail waited for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0

"""Lease repair: returns payments whose worker died to the queue, a bounded number at a time."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Protocol

from leaseproof.errors import DatabaseError
from leaseproof.outbox.backoff import reconnect_delay_seconds
from leaseproof.outbox.calls import Repaired
from leaseproof.outbox.conditions import Conditions
from leaseproof.outbox.settings import WorkerSettings
from leaseproof.outbox.signals import Signals
from leaseproof.outbox.verdict import Verdict, verdict_on


class RepairCalls(Protocol):
    """What lease repair asks of the database."""

    async def repair(self, batch_size: int) -> list[Repaired]:
        """End up to so many expired leases."""
        ...

    async def expired_leases(self) -> int:
        """Return how many leases are expired now."""
        ...


@dataclass(frozen=True, kw_only=True)
class RepairPass:
    """What one pass did."""

    requeued: int  # REPAIR_REQUEUED: due again soon
    failed: int  # FAILED: the retry ceiling was reached

    @property
    def ended(self) -> int:
        """Return how many expired leases the pass ended."""
        return self.requeued + self.failed


async def repair_once(calls: RepairCalls, signals: Signals, batch_size: int) -> RepairPass:
    """Run one bounded pass and count what it did, once it is known to be committed."""
    rows = await calls.repair(batch_size)
    requeued = sum(state == "REPAIR_REQUEUED" for _, _, state in rows)
    done = RepairPass(requeued=requeued, failed=len(rows) - requeued)
    signals.repaired(requeued=done.requeued, failed=done.failed)
    return done


async def look_and_repair(calls: RepairCalls, signals: Signals, batch_size: int) -> RepairPass:
    """Read how many leases are expired now, then run one pass, also when none was: the view may be a moment old."""
    signals.expired_leases_seen(await calls.expired_leases())
    return await repair_once(calls, signals, batch_size)


class Repairer:
    """Runs passes until it is told to stop.

    Args:
        settings: ``repair_batch_size`` a pass, ``repair_interval_seconds`` between passes that found less than that.
        random: spreads the passes of several workers over the interval.
    """

    def __init__(
        self,
        *,
        settings: WorkerSettings,
        calls: RepairCalls,
        signals: Signals,
        conditions: Conditions,
        random: Random | None = None,
    ) -> None:
        self._settings = settings
        self._calls = calls
        self._signals = signals
        self._conditions = conditions
        self._random = random or Random()
        self._stopped = asyncio.Event()
        self.pauses: Counter[str] = Counter()  # why it waited, how often

    def stop(self) -> None:
        """Finish the pass that is under way, and return from ``run``."""
        self._stopped.set()

    async def run(self) -> None:
        """Repair until :meth:`stop`. A full pass is followed by the next at once."""
        failures = 0
        while not self._stopped.is_set():
            try:
                done = await look_and_repair(self._calls, self._signals, self._settings.repair_batch_size)
            except Exception as error:
                failures += 1
                self._tell(error)
                await self._pause("error", reconnect_delay_seconds(failures, random=self._random))
                continue
            failures = 0
            self._conditions.well()
            if done.ended < self._settings.repair_batch_size:
                await self._pause("idle", 0.0)

    def _tell(self, error: Exception) -> None:
        if not isinstance(error, DatabaseError):
            self._signals.unexpected("repair", type(error).__name__, str(error))
        elif verdict_on(error) in (Verdict.CLAIMS_CLOSED, Verdict.SAY_AGAIN):
            self._conditions.met(error)
        else:
            self._signals.unexpected("repair", error.sqlstate, str(error))

    async def _pause(self, reason: str, at_least_seconds: float) -> None:
        self.pauses[reason] += 1
        interval = self._settings.repair_interval_seconds * self._random.uniform(0.8, 1.0)
        try:
            async with asyncio.timeout(max(at_least_seconds, interval)):
                await self._stopped.wait()
        except TimeoutError:
            pass

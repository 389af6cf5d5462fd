"""The relayer: claim, send, record. One per process.

Three kinds of tasks share what is in hand, which is never more than one batch:

- the claimer takes leases whenever half a batch of room is free, and otherwise waits for a notification, for room, or
  for the polling interval;
- the senders, as many as calls are allowed at once, take payments in the order of their claims and ask the rail;
- the recorder writes outcomes in sets: while one set is on its way, the next gathers.

A payment that ends without a recorded outcome keeps its lease until it runs out; lease repair has it then. Nothing is
ever recorded by guess.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Protocol

from leaseproof.errors import DatabaseError
from leaseproof.outbox.backoff import reconnect_delay_seconds
from leaseproof.outbox.clock import latency_ms, lease_clock
from leaseproof.outbox.conditions import Conditions
from leaseproof.outbox.decisions import (
    RELEASED,
    InHand,
    after_dispatch,
    after_unknown,
    before_dispatch,
    dispatch_deadline,
    may_start,
    must_ask_first,
)
from leaseproof.outbox.payment import Outcome, Payment
from leaseproof.outbox.rail_calls import RailCalls
from leaseproof.outbox.rails.protocol import Rail
from leaseproof.outbox.recorder import CompletionCalls, Recorder
from leaseproof.outbox.settings import WorkerSettings
from leaseproof.outbox.signals import Signals, line
from leaseproof.outbox.verdict import Verdict, verdict_on

CLOSED_PAUSE_SECONDS = 1.0  # before closed claims are tried again, however many payments are enqueued meanwhile
WAKE_SPREAD_SECONDS = 0.01  # idle workers woken by one notification do not all ask at one moment

logger = logging.getLogger("leaseproof.outbox")


class RelayerCalls(CompletionCalls, Protocol):
    """What the relayer asks of the database; :class:`leaseproof.outbox.calls.OutboxCalls` is one."""

    async def claim(self, batch_size: int, lease_seconds: int) -> list[Payment]:
        """Lease up to so many payments."""
        ...


class Relayer:
    """Moves payments from the outbox to a rail until it is told to stop.

    Args:
        settings: validated when they were made.
        calls: the database.
        rail: where payments go.
        signals: where events are counted.
        conditions: where lasting states of the database are logged.
        clock: readings in seconds that never step back; the rail's deadlines are of the same clock.
        random: spreads delays.
    """

    def __init__(
        self,
        *,
        settings: WorkerSettings,
        calls: RelayerCalls,
        rail: Rail,
        signals: Signals,
        conditions: Conditions,
        clock: Callable[[], float] = lease_clock,
        random: Random | None = None,
    ) -> None:
        self._settings = settings
        self._calls = calls
        self._rail = RailCalls(rail=rail, settings=settings, signals=signals, clock=clock)
        self._signals = signals
        self._conditions = conditions
        self._clock = clock
        self._random = random or Random()
        self._waiting: deque[InHand] = deque()
        self._idle_senders: list[asyncio.Future[None]] = []
        self._recorder = Recorder(
            settings=settings,
            calls=calls,
            signals=signals,
            conditions=conditions,
            clock=clock,
            random=self._random,
            done=self._done,
        )
        self._in_hand = 0
        self._room = asyncio.Event()
        self._wake = asyncio.Event()
        self._stopped = asyncio.Event()
        self._settle_until = 0.0  # by the event loop's clock, once stopped

    @property
    def in_hand(self) -> int:
        """Return how many payments are claimed and not yet settled."""
        return self._in_hand

    def wake(self) -> None:
        """Look for payments soon; a notification calls this, and it is only a hint."""
        self._wake.set()

    def stop(self) -> None:
        """Claim no more, give back what no call was made for, finish the rest; ``run`` then returns."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        self._settle_until = asyncio.get_running_loop().time() + self._settings.shutdown_seconds
        self._give_back_waiting()
        self._wake.set()
        self._room.set()

    async def run(self) -> None:
        """Relay until :meth:`stop`, then settle what is in hand within ``shutdown_seconds`` of it."""
        async with asyncio.TaskGroup() as tasks:
            claiming = tasks.create_task(self._claim_all())
            working = [tasks.create_task(self._send_all()) for _ in range(self._settings.concurrency)]
            working.append(tasks.create_task(self._recorder.run()))
            try:
                await self._stopped.wait()
                await self._settle(claiming)
            finally:
                for task in working:
                    task.cancel()

    async def _claim_all(self) -> None:
        failures = 0
        batch_size = self._settings.claim_batch_size
        while not self._stopped.is_set():
            room = batch_size - self._in_hand
            if room < max(1, batch_size // 2):
                self._room.clear()
                await self._room.wait()
                continue
            self._wake.clear()
            claim_sent = self._clock()
            try:
                payments = await self._calls.claim(room, self._settings.lease_seconds)
            except DatabaseError as error:
                failures += 1
                await self._pause_after(error, failures)
                continue
            failures = 0
            self._conditions.well()
            self._take(payments, claim_sent)
            if len(payments) < room and not self._stopped.is_set():
                await self._idle()

    def _take(self, payments: list[Payment], claim_sent: float) -> None:
        if not payments:
            return
        answered = self._clock()
        self._signals.claimed(len(payments))
        self._in_hand += len(payments)
        for payment in payments:
            self._waiting.append(InHand(payment=payment, claim_sent=claim_sent, claim_answered=answered))
        if self._stopped.is_set():
            self._give_back_waiting()
        for sender in self._idle_senders[: len(payments)]:
            if not sender.done():
                sender.set_result(None)
        del self._idle_senders[: len(payments)]

    async def _pause_after(self, error: DatabaseError, failures: int) -> None:
        match verdict_on(error):
            case Verdict.CLAIMS_CLOSED:
                self._conditions.met(error)
                poll = self._settings.poll_interval_seconds
                pause = min(CLOSED_PAUSE_SECONDS, poll)
                await self._pause(pause)
                await _happens(self._wake, poll - pause)
            case Verdict.SAY_AGAIN:
                self._conditions.met(error)
                await self._pause(reconnect_delay_seconds(failures, random=self._random))
            case _:
                self._signals.unexpected("claim", error.sqlstate, str(error))
                await self._pause(reconnect_delay_seconds(failures, random=self._random))

    async def _idle(self) -> None:
        poll = self._settings.poll_interval_seconds * self._random.uniform(0.8, 1.0)
        if await _happens(self._wake, poll) and not self._stopped.is_set():
            await asyncio.sleep(self._random.uniform(0.0, WAKE_SPREAD_SECONDS))

    async def _pause(self, seconds: float) -> None:
        """Wait so long, or until the stop; a notification does not cut it short."""
        await _happens(self._stopped, seconds)

    async def _settle(self, claiming: asyncio.Task[None]) -> None:
        """Wait for a claim that is under way, then for what is in hand; the end of the time cuts both off."""
        try:
            async with asyncio.timeout_at(self._settle_until):
                await claiming
                while self._in_hand:
                    self._room.clear()
                    await self._room.wait()
        except TimeoutError:
            pass
        values = {"worker_id": self._settings.worker_id, "left_to_repair": self._in_hand}
        logger.log(logging.WARNING if self._in_hand else logging.INFO, line("STOPPED", values))

    def _give_back_waiting(self) -> None:
        while self._waiting:
            self._recorder.put(self._waiting.popleft(), RELEASED)

    def _done(self) -> None:
        self._in_hand -= 1
        self._room.set()

    async def _send_all(self) -> None:
        while True:
            if not self._waiting:
                self._idle_senders.append(asyncio.get_running_loop().create_future())
                await self._idle_senders[-1]
                continue
            hand = self._waiting.popleft()
            try:
                outcome = await self._send(hand)
            except Exception as error:  # ours to mend; the payment's lease runs out
                self._signals.unexpected(
                    "worker", type(error).__name__, str(error), outbox_id=hand.payment.outbox_id
                )
                outcome = None
            if outcome is None:
                self._signals.left_to_repair()
                self._done()
            else:
                self._recorder.put(hand, outcome)

    async def _send(self, hand: InHand) -> Outcome | None:
        """Return the outcome of one payment; None when nobody knows it."""
        payment, settings, started = hand.payment, self._settings, self._clock()
        if not may_start(hand, started, settings):
            return RELEASED
        end = started + settings.rail_timeout_seconds
        if must_ask_first(payment):
            found = await self._rail.lookup(payment, started + settings.lookup_timeout_seconds)
            outcome = before_dispatch(
                found, payment, settings, latency_ms=latency_ms(started, self._clock()), random=self._random
            )
            if outcome is not None:
                return outcome
        deadline = dispatch_deadline(started, settings)
        if self._stopped.is_set() or self._clock() >= deadline:
            return RELEASED
        answer = await self._rail.dispatch(payment, deadline)
        outcome = after_dispatch(
            answer, payment, settings, latency_ms=latency_ms(started, self._clock()), random=self._random
        )
        if outcome is not None or self._clock() >= end:
            return outcome
        found = await self._rail.lookup(payment, end)
        return after_unknown(
            found, payment, settings, latency_ms=latency_ms(started, self._clock()), random=self._random
        )


async def _happens(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event so long; return whether it came."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False

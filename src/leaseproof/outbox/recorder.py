"""Records outcomes in sets, each row under its own lease, and settles what the database answers for each.

An outcome that spoiled its set, or may have, and one whose lease is over go apart: each is said alone, with its own
pauses, on few connections, while the sets go on. So a row that somebody holds locked costs nobody else a lease.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Protocol, TypeVar

from leaseproof.errors import DatabaseError
from leaseproof.outbox.backoff import reconnect_delay_seconds
from leaseproof.outbox.conditions import Conditions
from leaseproof.outbox.decisions import RELEASED, InHand
from leaseproof.outbox.payment import Answered, Outcome, Payment, State
from leaseproof.outbox.settings import WorkerSettings
from leaseproof.outbox.signals import Signals
from leaseproof.outbox.verdict import Verdict, verdict, verdict_on

CONNECTIONS_OF_OTHERS = 3  # of the pool: a claim, a repair pass and a set have one each
PATIENCE_DOUBLINGS = 4  # until what is said apart is waited for as long as any other call
_OF_A_ROW = frozenset({"40001", "40P01", "55P03", "57014"})  # one row can be the cause: no word on the database

_Answer = TypeVar("_Answer")


class CompletionCalls(Protocol):
    """What the recorder asks of the database."""

    async def complete(self, payment: Payment, outcome: Outcome) -> Answered:
        """Record one outcome."""
        ...

    async def complete_many(self, pairs: Sequence[tuple[Payment, Outcome]]) -> list[Answered]:
        """Record many outcomes, one answer each, in order."""
        ...

    async def report_late(self, payment: Payment, outcome: Outcome) -> bool:
        """Keep an outcome whose lease is over."""
        ...


@dataclass(slots=True)
class Entry:
    """One outcome on its way into the ledger."""

    hand: InHand
    outcome: Outcome
    failures: int = 0  # how often it was said apart and got no answer
    said_before: bool = False  # a completion was sent whose answer never came
    lost_by: str | None = None  # what said that the lease is over: P7002, or clock
    refused_late: bool = False  # the database said that the lease is still live
    reported_before: bool = False  # a late report was sent whose answer never came


class Recorder:
    """Takes outcomes from the senders and records them.

    Args:
        done: called once for each outcome when nothing more will be done about it.
    """

    def __init__(
        self,
        *,
        settings: WorkerSettings,
        calls: CompletionCalls,
        signals: Signals,
        conditions: Conditions,
        clock: Callable[[], float],
        random: Random,
        done: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._calls = calls
        self._signals = signals
        self._conditions = conditions
        self._clock = clock
        self._random = random
        self._done = done
        self._most = max(1, settings.claim_batch_size // 2)  # a set; the claimer fills its room meanwhile
        self._ready: deque[Entry] = deque()
        self._arrived = asyncio.Event()
        self._apart: asyncio.PriorityQueue[tuple[int, int, Entry]] = asyncio.PriorityQueue()
        self._arrivals = count()

    def put(self, hand: InHand, outcome: Outcome) -> None:
        """Take one outcome; it is recorded soon."""
        self._ready.append(Entry(hand=hand, outcome=outcome))
        self._arrived.set()

    async def run(self) -> None:
        """Record until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._record_in_sets())
            for _ in range(max(1, self._settings.pool_size - CONNECTIONS_OF_OTHERS)):
                tasks.create_task(self._record_apart())

    async def _record_in_sets(self) -> None:
        failures = 0
        while True:
            self._arrived.clear()
            if not self._ready:
                await self._arrived.wait()
            taken = [self._ready.popleft() for _ in range(min(len(self._ready), self._most))]
            again = await self._complete_set([entry for entry in taken if not self._noticed_as_over(entry)])
            failures = failures + 1 if again else 0
            if again:
                self._ready.extendleft(reversed(again))
                await asyncio.sleep(reconnect_delay_seconds(failures, random=self._random))

    async def _record_apart(self) -> None:
        while True:
            *_, entry = await self._apart.get()
            if entry.lost_by is not None:
                await self._report_late(entry)
            elif not self._noticed_as_over(entry):
                await self._complete_alone(entry)

    async def _alone(self, entry: Entry, answer: Awaitable[_Answer]) -> _Answer:
        """Wait for an answer, not long at first: a row that nobody holds takes milliseconds, and others stand behind.

        Raises:
            DatabaseError: 57014, none came; or what the call raised.
        """
        doublings = min(entry.failures, PATIENCE_DOUBLINGS) - PATIENCE_DOUBLINGS
        try:
            async with asyncio.timeout(self._settings.statement_timeout_seconds * 2.0**doublings):
                return await answer
        except TimeoutError:
            raise DatabaseError("got no answer in time; expected one; it is said again", sqlstate="57014") from None

    def _set_apart(self, entry: Entry) -> None:
        """Let an entry be said alone; those that failed least often go first, so locked rows come last."""
        self._apart.put_nowait((entry.failures, next(self._arrivals), entry))

    def _set_apart_later(self, entry: Entry) -> None:
        entry.failures += 1
        delay = reconnect_delay_seconds(entry.failures, random=self._random)
        asyncio.get_running_loop().call_later(delay, self._set_apart, entry)

    def _say_later(self, entry: Entry, error: DatabaseError) -> None:
        if error.sqlstate not in _OF_A_ROW:
            self._conditions.met(error)
        self._set_apart_later(entry)

    def _noticed_as_over(self, entry: Entry) -> bool:
        """Return whether the lease has run out by this worker's own clock: then no completion is tried."""
        over = entry.hand.surely_over(self._clock(), self._settings) and not entry.refused_late
        if over:
            self._lost(entry, noticed_by="clock")
        return over

    async def _complete_set(self, entries: list[Entry]) -> list[Entry]:
        """Settle a set or set it apart; return what must be said again as a set."""
        if not entries:
            return []
        try:
            answers = await self._calls.complete_many(
                [(entry.hand.payment, entry.outcome) for entry in entries]
            )
        except DatabaseError as error:
            if verdict_on(error) is Verdict.SAY_AGAIN:
                for entry in entries:
                    entry.said_before = True
                if error.sqlstate not in _OF_A_ROW:
                    self._conditions.met(error)
                    return entries
            self._set_each_apart(entries)
        except Exception:  # a value that cannot be sent: said alone, it is told with its payment
            self._set_each_apart(entries)
        else:
            self._conditions.answered()
            for entry, answer in zip(entries, answers, strict=True):
                self._settle(entry, answer)
        return []

    def _set_each_apart(self, entries: list[Entry]) -> None:
        for entry in entries:
            self._set_apart(entry)

    async def _complete_alone(self, entry: Entry) -> None:
        try:
            (answer,) = await self._alone(
                entry, self._calls.complete_many([(entry.hand.payment, entry.outcome)])
            )
        except DatabaseError as error:
            if verdict_on(error) is Verdict.SAY_AGAIN:
                entry.said_before = True
                self._say_later(entry, error)
                return
            answer = Answered(refused_with=error.sqlstate, refused_constraint=error.constraint)
        except Exception as error:
            self._unexpected(entry, "complete", type(error).__name__, str(error))
            self._done()
            return
        self._conditions.answered()
        self._settle(entry, answer)

    def _settle(self, entry: Entry, answer: Answered) -> None:
        """Take the database's answer for one outcome."""
        if answer.refused_with is None:
            self._recorded(entry, answer.state or entry.outcome.state.value)
            return
        payment, outcome = entry.hand.payment, entry.outcome
        match verdict(answer.refused_with, answer.refused_constraint):
            case Verdict.SAY_AGAIN:
                entry.said_before = True
                self._set_apart_later(entry)
                return
            case Verdict.LEASE_LOST:
                self._lost(entry, noticed_by=answer.refused_with)
                return
            case Verdict.GUARD_HIT:
                self._signals.terminal_guard_hit(
                    payment, outcome=outcome.state.value, sqlstate=answer.refused_with
                )
            case _:
                self._unexpected(entry, "complete", answer.refused_with, outcome.state.value)
        self._done()

    def _recorded(self, entry: Entry, state: str) -> None:
        if entry.outcome.state is State.RETRYABLE and state == State.FAILED.value:
            self._signals.failed_at_ceiling(entry.hand.payment, error_code=entry.outcome.error_code)
        elif entry.outcome is RELEASED:
            self._signals.released()
        else:
            self._signals.completed(state)
        self._done()

    def _lost(self, entry: Entry, *, noticed_by: str) -> None:
        """Take note that the lease is over; what the rail said, and what may have arrived, is reported first."""
        entry.lost_by = noticed_by
        if entry.outcome.state is not State.RETRYABLE or entry.said_before:
            self._set_apart(entry)
        else:
            self._count_lost(entry)

    async def _report_late(self, entry: Entry) -> None:
        try:
            kept = await self._alone(entry, self._calls.report_late(entry.hand.payment, entry.outcome))
        except DatabaseError as error:
            match verdict_on(error):
                case Verdict.SAY_AGAIN:
                    entry.reported_before = True
                    self._say_later(entry, error)
                case Verdict.LEASE_LOST if entry.lost_by == "clock":
                    entry.lost_by, entry.refused_late = None, True
                    self._set_apart(entry)  # live by the database's clock: complete after all
                case _:
                    self._unexpected(entry, "report_late_outcome", error.sqlstate, str(error))
                    self._count_lost(entry)
        except Exception as error:
            self._unexpected(entry, "report_late_outcome", type(error).__name__, str(error))
            self._count_lost(entry)
        else:
            self._conditions.answered()
            self._reported(entry, kept=kept)

    def _reported(self, entry: Entry, *, kept: bool) -> None:
        if not kept and entry.said_before and not entry.reported_before:
            self._recorded(entry, entry.outcome.state.value)  # it had arrived, only its answer was lost
            return
        if kept or entry.reported_before:
            self._signals.late_outcome_kept()
        self._count_lost(entry)

    def _count_lost(self, entry: Entry) -> None:
        self._signals.lease_lost(
            entry.hand.payment, outcome=entry.outcome.state.value, noticed_by=entry.lost_by or ""
        )
        self._done()

    def _unexpected(self, entry: Entry, where: str, sqlstate: str, message: str) -> None:
        self._signals.unexpected(where, sqlstate, message, outbox_id=entry.hand.payment.outbox_id)

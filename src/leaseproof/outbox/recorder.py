"""Records outcomes in sets, each row under its own lease, and settles what the database answers for each."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

from leaseproof.errors import DatabaseError
from leaseproof.outbox.backoff import reconnect_delay_seconds
from leaseproof.outbox.conditions import Conditions
from leaseproof.outbox.decisions import RELEASED, InHand
from leaseproof.outbox.payment import Answered, Outcome, Payment, State
from leaseproof.outbox.settings import WorkerSettings
from leaseproof.outbox.signals import Signals
from leaseproof.outbox.verdict import Verdict, verdict, verdict_on

_OF_A_ROW = frozenset({"40001", "40P01", "55P03", "57014"})  # one row of a set can be the cause


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
    said_before: bool = False  # a completion was sent whose answer never came
    alone: bool = False  # its set waited too long for a row, or met a conflict: it holds nobody back again
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

    def put(self, hand: InHand, outcome: Outcome) -> None:
        """Take one outcome; it is recorded soon."""
        self._ready.append(Entry(hand=hand, outcome=outcome))
        self._arrived.set()

    async def run(self) -> None:
        """Record until cancelled."""
        failures = 0
        while True:
            self._arrived.clear()
            if not self._ready:
                await self._arrived.wait()
            taken = [self._ready.popleft() for _ in range(min(len(self._ready), self._most))]
            again = await self._record(taken)
            failures = failures + 1 if again else 0
            if again:
                self._ready.extendleft(reversed(again))
                await asyncio.sleep(reconnect_delay_seconds(failures, random=self._random))

    async def _record(self, taken: list[Entry]) -> list[Entry]:
        """Settle what can be settled; return what must be said again."""
        now = self._clock()
        over = [entry for entry in taken if self._is_over(entry, now)]
        live = [entry for entry in taken if not self._is_over(entry, now)]
        again = [entry for entry in over if not await self._settle_over(entry)]
        return again + await self._complete(live)

    def _is_over(self, entry: Entry, now: float) -> bool:
        return entry.hand.surely_over(now, self._settings) and not entry.refused_late

    async def _complete(self, entries: list[Entry]) -> list[Entry]:
        alone = [entry for entry in entries if entry.alone]
        together = [entry for entry in entries if not entry.alone]
        left = await asyncio.gather(
            self._complete_set(together), *(self._complete_set([entry]) for entry in alone)
        )
        return [entry for part in left for entry in part]

    async def _complete_set(self, entries: list[Entry]) -> list[Entry]:
        if not entries:
            return []
        try:
            answers = await self._calls.complete_many(
                [(entry.hand.payment, entry.outcome) for entry in entries]
            )
        except DatabaseError as error:
            if verdict_on(error) is Verdict.SAY_AGAIN:
                return self._say_again(entries, error)
            if len(entries) > 1:  # one of them spoils the set: each alone
                return [left for entry in entries for left in await self._complete_set([entry])]
            answers = [Answered(refused_with=error.sqlstate, refused_constraint=error.constraint)]
        self._conditions.well()
        return [
            entry
            for entry, answer in zip(entries, answers, strict=True)
            if not await self._settle(entry, answer)
        ]

    def _say_again(self, entries: list[Entry], error: DatabaseError) -> list[Entry]:
        self._conditions.met(error)
        for entry in entries:
            entry.said_before = True
            entry.alone = error.sqlstate in _OF_A_ROW
        return entries

    async def _settle(self, entry: Entry, answer: Answered) -> bool:
        """Take the database's answer for one outcome; return False when it must be said again."""
        if answer.refused_with is None:
            return self._recorded(entry, answer.state or entry.outcome.state.value)
        payment, outcome = entry.hand.payment, entry.outcome
        match verdict(answer.refused_with, answer.refused_constraint):
            case Verdict.SAY_AGAIN:
                entry.said_before = True
                return False
            case Verdict.LEASE_LOST:
                return await self._settle_lost(entry, noticed_by=answer.refused_with)
            case Verdict.GUARD_HIT:
                self._signals.terminal_guard_hit(
                    payment, outcome=outcome.state.value, sqlstate=answer.refused_with
                )
            case _:
                self._signals.unexpected(
                    "complete", answer.refused_with, outcome.state.value, outbox_id=payment.outbox_id
                )
        self._done()
        return True

    def _recorded(self, entry: Entry, state: str) -> bool:
        if entry.outcome is RELEASED:
            self._signals.released()
        else:
            self._signals.completed(state)
        self._done()
        return True

    async def _settle_over(self, entry: Entry) -> bool:
        """Settle an outcome whose lease has run out by this worker's own clock: no completion is tried."""
        return await self._settle_lost(entry, noticed_by="clock")

    async def _settle_lost(self, entry: Entry, *, noticed_by: str) -> bool:
        payment, outcome = entry.hand.payment, entry.outcome
        if outcome.state is not State.RETRYABLE or entry.said_before:
            try:
                kept = await self._calls.report_late(payment, outcome)
            except DatabaseError as error:
                match verdict_on(error):
                    case Verdict.SAY_AGAIN:
                        self._conditions.met(error)
                        entry.reported_before = True
                        return False
                    case Verdict.LEASE_LOST if noticed_by == "clock":
                        entry.refused_late = True  # live by the database's clock: complete after all
                        return False
                    case _:
                        self._signals.unexpected(
                            "report_late_outcome", error.sqlstate, str(error), outbox_id=payment.outbox_id
                        )
            else:
                if not kept and entry.said_before:
                    return self._recorded(
                        entry, outcome.state.value
                    )  # it had arrived, only its answer was lost
                if kept or entry.reported_before:
                    self._signals.late_outcome_kept()
        self._signals.lease_lost(payment, outcome=outcome.state.value, noticed_by=noticed_by)
        self._done()
        return True

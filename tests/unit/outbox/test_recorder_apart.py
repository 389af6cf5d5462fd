"""A payment whose row somebody holds locked takes nobody else's time."""

import asyncio

import pytest

from leaseproof.errors import DatabaseError
from leaseproof.outbox.payment import Answered
from leaseproof.outbox.rails.protocol import Accepted

COUNTED_WITH_ONE_LATE = {
    "claimed_count": 201,
    "dispatched_count": 200,
    "lease_lost_count": 1,
    "late_outcome_count": 1,
}


def timed_out():
    """Return what a statement ends with that waited too long for a row."""
    return DatabaseError("canceling statement due to statement timeout", sqlstate="57014")


class OneLock:
    """Holds one payment's row locked until so many others are recorded.

    A set with that row ends by its timeout at once; a statement for the row alone waits for as long as it is let.
    """

    def __init__(self, bench, payment, *, others):
        self._payment, self._others = payment, others
        self._released = asyncio.Event()
        self._calls, self._answer, self._keep = bench.calls, bench.calls.complete_many, bench.calls.report_late
        bench.calls.complete_many, bench.calls.report_late = self.complete_many, self.report_late

    async def complete_many(self, pairs):
        """Record what is not locked."""
        if any(payment == self._payment for payment, _ in pairs):
            if len(pairs) > 1 and not self._released.is_set():
                raise timed_out()
            await self._released.wait()
        answers = await self._answer(pairs)
        if len(self._calls.completed) >= self._others:
            self._released.set()
        return answers

    async def report_late(self, payment, outcome):
        """Keep what is not locked."""
        await self._released.wait()
        return await self._keep(payment, outcome)


def refuse(bench, payment):
    """Let the database say that this payment's lease is gone."""
    answer = bench.calls.complete_many

    async def complete_many(pairs):
        answers = iter(await answer([pair for pair in pairs if pair[0] != payment]))
        return [Answered(refused_with="P7002") if each == payment else next(answers) for each, _ in pairs]

    bench.calls.complete_many = complete_many


def test_locked_row_holds_nobody_back(bench_of, new_payment, lines):
    """Two hundred others are recorded while one completion waits; the database is not called unavailable for it."""
    payments = [new_payment() for _ in range(201)]
    bench = bench_of(payments, statement_timeout_seconds=0.2)
    OneLock(bench, payments[0], others=200)
    bench.run()
    assert [outbox_id for outbox_id, _ in bench.calls.completed][200:] == [payments[0].outbox_id]
    assert bench.hook.counted == {"claimed_count": 201, "dispatched_count": 201}
    assert [text for text in lines() if "DATABASE_UNAVAILABLE" in text] == []


def test_late_report_on_a_locked_row_holds_nobody_back(bench_of, new_payment, lines):
    """Two hundred others are recorded while the report of a lease that the database called lost waits."""
    payments = [new_payment() for _ in range(201)]
    bench = bench_of(payments, statement_timeout_seconds=0.2)
    OneLock(bench, payments[0], others=200)
    refuse(bench, payments[0])
    bench.run()
    assert [outbox_id for outbox_id, _ in bench.calls.reported] == [payments[0].outbox_id]
    assert bench.hook.counted == COUNTED_WITH_ONE_LATE
    assert [text for text in lines() if "DATABASE_UNAVAILABLE" in text] == []


def test_late_report_by_the_own_clock_on_a_locked_row_holds_nobody_back(bench_of, new_payment):
    """The same when this worker's own clock was enough to know."""
    late, *others = [new_payment() for _ in range(201)]
    bench = bench_of([late], statement_timeout_seconds=0.2)
    OneLock(bench, late, others=200)

    def stopped():
        bench.clock.now += 3600.0
        bench.calls.payments = list(others)
        return Accepted(reference="r")

    bench.rail.answers = [stopped]
    bench.run()
    assert [outbox_id for outbox_id, _ in bench.calls.reported] == [late.outbox_id]
    assert bench.hook.counted == COUNTED_WITH_ONE_LATE


@pytest.mark.parametrize(("pool_size", "most"), [(1, 1), (4, 1), (7, 4)])
def test_locked_rows_leave_connections_for_the_others(bench_of, new_payment, pool_size, most):
    """A claim, a repair pass and a set have a connection each, however many rows are locked."""
    payments = [new_payment() for _ in range(20)]
    bench = bench_of(payments, pool_size=pool_size, statement_timeout_seconds=900.0)
    answer, released, waiting = bench.calls.complete_many, asyncio.Event(), []

    async def complete_many(pairs):
        if len(pairs) > 1:
            raise timed_out()
        if not released.is_set():
            waiting.append(pairs)
            if len(waiting) == most:
                for _ in range(200):  # turns of the loop in which more would come, if they could
                    await asyncio.sleep(0)
                released.set()
            await released.wait()
        return await answer(pairs)

    bench.calls.complete_many = complete_many
    bench.run()
    assert len(waiting) == most and len(bench.calls.completed) == 20

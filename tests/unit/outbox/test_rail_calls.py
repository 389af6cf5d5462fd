"""Whatever a rail does, its call ends with an answer, and the worker goes on."""

import asyncio

import pytest

from leaseproof.outbox.rails.protocol import Accepted


def test_rail_that_raises_is_unknown_and_logged_once(bench_of, new_payment, lines):
    """A bug in a rail leaves the payments to lease repair and writes one line, without a text that may be secret."""
    bench = bench_of([new_payment() for _ in range(30)])
    bench.rail.answers = [ValueError("Bearer TOP-SECRET") for _ in range(30)]
    bench.run()
    assert bench.calls.tried == []
    assert bench.hook.counted["left_to_repair_count"] == 30
    errors = [text for text in lines() if text.startswith("ERROR")]
    assert len(errors) == 1 and "ValueError" in errors[0] and "TOP-SECRET" not in errors[0]


@pytest.mark.parametrize("attempt_count", [0, 1])
def test_rail_that_raises_a_cancellation_is_unknown(bench_of, new_payment, attempt_count):
    """A future of the rail's own that was cancelled ends no sender: all forty payments are settled."""
    payments = [new_payment(attempt_count=attempt_count) for _ in range(40)]
    bench = bench_of(payments, concurrency=2, claim_batch_size=4)
    bench.rail.answers = [asyncio.CancelledError() for _ in range(40)]
    bench.rail.found = [asyncio.CancelledError() for _ in range(40)]
    bench.run()
    settled = bench.hook.counted["left_to_repair_count"] + bench.hook.counted["retryable_count"]
    assert settled == 40 and bench.hook.counted["unexpected_count"] >= 40
    assert bench.relayer.in_hand == 0


def test_rail_that_raises_before_it_can_be_awaited_is_unknown(bench_of, new_payment):
    """A dispatch that is no coroutine function is a bug of the rail like any other."""
    bench = bench_of([new_payment()])

    def dispatch(payment, *, idempotency_key, fencing_epoch, deadline):
        raise ValueError("bug")

    bench.rail.dispatch, bench.rail.found = dispatch, [Accepted(reference="r-1")]
    bench.run()
    assert bench.hook.counted == {"claimed_count": 1, "unexpected_count": 1, "dispatched_count": 1}


def test_cancelled_relayer_ends_during_a_call(bench_of, new_payment):
    """A cancellation that is meant for the worker itself is no answer of the rail."""
    bench = bench_of([new_payment()])
    called = asyncio.Event()

    async def hangs():
        called.set()
        await asyncio.Event().wait()

    async def cancelled():
        running = asyncio.create_task(bench.relayer.run())
        await called.wait()
        running.cancel()
        await running

    bench.rail.answers = [hangs]
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())
    assert bench.calls.tried == [] and "unexpected_count" not in bench.hook.counted

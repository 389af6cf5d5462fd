"""How the relayer stops: what is given back, what is finished, what is left to lease repair."""

import asyncio

from leaseproof.outbox.rails.protocol import Absent, Accepted


def test_stop_gives_back_what_was_not_sent_and_finishes_the_rest(bench_of, new_payment, lines):
    """SIGTERM: no new call, the call in flight ends and is recorded, the others are released by name (CL-18)."""
    bench = bench_of([new_payment() for _ in range(5)], concurrency=2, claim_batch_size=5)

    async def until_stopped():
        bench.relayer.stop()
        await asyncio.sleep(0)
        return Accepted()

    bench.rail.answers = [until_stopped, until_stopped]
    bench.run()
    assert len(bench.rail.dispatched) <= 2
    by_code = sorted(str(outcome.error_code) for _, outcome in bench.calls.completed)
    assert by_code == ["None"] * len(bench.rail.dispatched) + ["RELEASED"] * (5 - len(bench.rail.dispatched))
    assert all(o.retry_delay_seconds == 0 for _, o in bench.calls.completed if o.error_code == "RELEASED")
    assert lines()[-1] == "INFO STOPPED worker_id=worker-1 left_to_repair=0"


def test_stop_leaves_what_does_not_end_in_time_to_repair(bench_of, new_payment, lines):
    """A call that hangs past SHUTDOWN_SECONDS is not recorded by guess, and the last line says how many (CL-18)."""
    bench = bench_of([new_payment()], shutdown_seconds=0)

    async def hangs():
        bench.relayer.stop()
        await asyncio.Event().wait()

    bench.rail.answers = [hangs]
    bench.run()
    assert bench.calls.tried == []
    assert lines()[-1] == "WARNING STOPPED worker_id=worker-1 left_to_repair=1"


def test_stop_sends_nothing_more_while_a_claim_gets_no_answer(bench_of, new_payment):
    """What waits is given back at once, and so is what the claim brings in the end (CL-18)."""
    payments = [new_payment() for _ in range(6)]
    bench = bench_of(payments, concurrency=1, claim_batch_size=4, rail_timeout_seconds=10.0)
    claim, answer = bench.calls.claim, bench.calls.complete_many
    stopped, given_back = asyncio.Event(), asyncio.Event()

    async def hanging(batch_size, lease_seconds):
        if bench.calls.claim_count == 1:
            bench.relayer.stop()
            stopped.set()
            await given_back.wait()
        return await claim(batch_size, lease_seconds)

    async def complete_many(pairs):
        if any(outcome.error_code == "RELEASED" for _, outcome in pairs):
            given_back.set()
        return await answer(pairs)

    async def in_flight():
        await stopped.wait()
        return Accepted()

    bench.calls.claim, bench.calls.complete_many = hanging, complete_many
    bench.rail.answers = [Accepted(), Accepted(), in_flight]
    bench.run()
    assert len(bench.rail.dispatched) == 3
    assert bench.hook.counted == {"claimed_count": 6, "dispatched_count": 3, "released_count": 3}


def test_stop_ends_in_time_while_a_claim_gets_no_answer(bench_of, new_payment, lines):
    """SHUTDOWN_SECONDS counts from the signal, not from the end of the claim (CL-18)."""
    bench = bench_of([new_payment() for _ in range(4)], concurrency=4, claim_batch_size=8, shutdown_seconds=0)
    claim = bench.calls.claim

    async def hanging(batch_size, lease_seconds):
        if bench.calls.claim_count:
            bench.relayer.stop()
            await asyncio.Event().wait()
        return await claim(batch_size, lease_seconds)

    bench.calls.claim = hanging
    bench.rail.answers = [lambda: asyncio.Event().wait()]
    bench.run()
    assert lines()[-1] == "WARNING STOPPED worker_id=worker-1 left_to_repair=1"


def test_stop_during_the_question_makes_no_call(bench_of, new_payment):
    """A payment that the rail was only asked about is given back like the others."""
    bench = bench_of([new_payment(attempt_count=1)])

    def stopped():
        bench.relayer.stop()
        return Absent()

    bench.rail.found = [stopped]
    bench.run()
    assert bench.rail.dispatched == [] and bench.hook.counted == {"claimed_count": 1, "released_count": 1}

"""The relayer on a real database: notifications, lost connections, closed claims, poison."""

import asyncio
from collections import Counter

from leaseproof.outbox.payment import Outcome, State
from leaseproof.outbox.rails.protocol import Unknown
from leaseproof.outbox.service import listen

INVARIANTS = (
    "SELECT count(*) FROM payment_outbox_attempts WHERE state = 'DISPATCHING'",
    "SELECT count(*) FROM payment_outbox_pending AS p JOIN payment_outbox_attempts AS a USING (outbox_id)"
    " WHERE a.state IN ('DISPATCHED', 'FAILED')",
)


def test_backlog_is_dispatched_once_each(outbox, new_worker):
    """Every payment reaches the rail once and ends DISPATCHED."""
    outbox.enqueue(300)
    worker = new_worker()
    asyncio.run(worker.until(lambda: outbox.pending() == 0))
    assert outbox.ledger() == {"DISPATCHED": 300}
    assert len(worker.rail.keys) == 300 and set(worker.rail.keys.values()) == {1}
    assert [outbox.rows(query)[0][0] for query in INVARIANTS] == [0, 0]


def test_locked_row_delays_no_other_payment(outbox, new_worker, connect_as):
    """Somebody holds a row locked after its claim: all the others are recorded, and it too when the lock is gone."""
    outbox.enqueue(120)
    worker = new_worker(statement_timeout_seconds=2.0)
    holder = connect_as("owner", outbox.database)
    locked = []

    async def lock_the_first(payment):
        if not locked:
            locked.append(payment)
            holder.execute("BEGIN")
            holder.execute(
                "SELECT FROM payment_outbox_pending WHERE outbox_id = %s FOR UPDATE", [payment.outbox_id]
            )

    def recorded():
        if outbox.pending() == 1:
            holder.execute("ROLLBACK")
        return outbox.pending() == 0

    worker.rail.on_dispatch = lock_the_first
    asyncio.run(worker.until(recorded))
    assert outbox.ledger() == {"DISPATCHED": 120} and set(worker.rail.keys.values()) == {1}
    assert worker.signals.totals == {"claimed_count": 120, "dispatched_count": 120}


def test_polling_alone_finds_payments(outbox, new_worker):
    """Without any notification the polling floor finds what is enqueued later (LV-09)."""
    worker = new_worker()

    async def enqueue_later(relayer):
        outbox.enqueue(5)

    asyncio.run(worker.until(lambda: sum(worker.rail.keys.values()) == 5, beside=enqueue_later))
    assert outbox.pending() == 0


def test_notification_wakes_an_idle_worker(outbox, new_worker):
    """With polling an hour away only the notification can have found the payment."""
    worker = new_worker(poll_interval_seconds=3600.0)

    async def notified(relayer):
        begun = asyncio.Event()

        def wake():
            relayer.wake()
            begun.set()

        listening = asyncio.create_task(listen(worker.settings, outbox.url, wake))
        try:
            await begun.wait()
            outbox.enqueue(1)
            await listening
        finally:
            listening.cancel()

    asyncio.run(worker.until(lambda: bool(worker.rail.keys), beside=notified))
    assert outbox.pending() == 0


def test_only_enqueue_notifies(outbox, with_calls, connect_as):
    """Claims, completions and repairs send nothing, so the ledger's path waits for no notification queue (LV-10)."""
    listener = connect_as("owner", outbox.database)
    listener.execute("LISTEN payment_outbox_enqueued")
    outbox.enqueue(3)

    async def use(calls):
        first, second, _ = await calls.claim(3, 60)
        await calls.complete(first, Outcome(state=State.DISPATCHED))
        await calls.complete_many([(second, Outcome(state=State.RETRYABLE, retry_delay_seconds=0))])
        outbox.expire()
        await calls.repair(10)

    with_calls(use)
    outbox.owner.execute("SELECT pg_notify('payment_outbox_enqueued', 'the end')")
    told = []
    for notification in listener.notifies(timeout=60):
        told.append(notification.payload)
        if told[-1] == "the end":
            break
    assert told == ["", "the end"]


def test_listener_comes_back_after_its_connection_was_cut(outbox, new_worker):
    """A terminated listener listens again by itself, and wakes the worker for what it missed."""
    worker = new_worker()
    woken = []

    async def cut():
        listening = asyncio.create_task(listen(worker.settings, outbox.url, lambda: woken.append(True)))
        try:
            for round_number in (1, 2, 3):
                while len(woken) < round_number:
                    await asyncio.sleep(0.01)
                outbox.owner.execute(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND query LIKE 'LISTEN %'"
                )
        finally:
            listening.cancel()

    async def bounded():
        async with asyncio.timeout(60):
            await cut()

    asyncio.run(bounded())
    assert len(woken) >= 3


def test_terminated_connections_lose_no_payment(outbox, new_worker):
    """Every backend of the worker is cut again and again: each payment is still sent and recorded once."""
    outbox.enqueue(400)
    worker = new_worker()

    async def slowly(payment):
        await asyncio.sleep(0.005)

    worker.rail.on_dispatch = slowly

    async def cut(relayer):
        while True:
            outbox.owner.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%claim_outbox_batch%'"
            )
            await asyncio.sleep(0.05)

    def finish_or_free():
        outbox.owner.execute(  # leases of claims whose answer was cut run out in a minute: not in this test
            "UPDATE payment_outbox_pending SET lease_expires_at = leased_at + interval '1 millisecond'"
            " WHERE lease_token IS NOT NULL AND leased_at < clock_timestamp() - interval '3 seconds'"
        )
        return outbox.pending() == 0

    asyncio.run(worker.until(finish_or_free, beside=cut))
    ledger = outbox.ledger()
    assert ledger["DISPATCHED"] == 400
    assert set(worker.rail.keys.values()) == {1}
    assert worker.signals.totals["dispatched_count"] == 400


def test_closed_claims_stop_and_opened_claims_go_on(outbox, new_worker):
    """The owner closes claims, nothing more is sent; the owner opens them, and the worker goes on by itself (DR-04)."""
    outbox.enqueue(5)
    outbox.owner.execute("SELECT close_outbox_claims('restored from backup')")
    worker = new_worker()
    refused = []

    async def open_later(relayer):
        claim = worker_calls_claims(relayer)
        while claim() < 3:
            await asyncio.sleep(0.01)
        refused.append(sum(worker.rail.keys.values()))
        outbox.owner.execute("SELECT open_outbox_claims()")

    def worker_calls_claims(relayer):
        counted = Counter()
        claim = relayer._calls.claim

        async def counting(batch_size, lease_seconds):
            counted["claims"] += 1
            return await claim(batch_size, lease_seconds)

        relayer._calls.claim = counting
        return lambda: counted["claims"]

    asyncio.run(worker.until(lambda: sum(worker.rail.keys.values()) == 5, beside=open_later))
    assert refused == [0] and outbox.ledger() == {"DISPATCHED": 5}


def test_poison_payment_ends_at_the_ceiling_and_stops_nobody(outbox, new_worker, with_calls):
    """A payment whose worker always dies is taken over until the ceiling; its neighbours go through (LV-06)."""
    outbox.enqueue(1)

    async def die(calls):
        for _ in range(20):
            assert len(await calls.claim(1, 60)) == 1
            outbox.expire()
        return len(await calls.claim(1, 60))

    assert with_calls(die) == 0
    assert outbox.ledger() == {"REPAIR_REQUEUED": 19, "FAILED": 1}
    outbox.enqueue(10)  # the first is finished: nine are new
    worker = new_worker()
    asyncio.run(worker.until(lambda: outbox.pending() == 0))
    assert outbox.ledger() == {"REPAIR_REQUEUED": 19, "FAILED": 1, "DISPATCHED": 9}


def test_unknown_call_is_settled_by_the_next_attempt_without_a_second_call(outbox, new_worker):
    """The rail takes a call, its answer and the question's answer are lost: the next attempt asks first (CL-06)."""
    outbox.enqueue(1)
    worker = new_worker()
    found = worker.rail.lookup

    async def accept_and_lose(payment):
        worker.rail.keys[str(payment.outbox_id)] += 1
        worker.rail.lookup = lost
        return Unknown(error_code="NO_ANSWER")

    async def lost(idempotency_key, *, deadline):
        worker.rail.lookup = found
        return Unknown(error_code="LOOKUP_NO_ANSWER")

    worker.rail.on_dispatch = accept_and_lose

    async def expire_when_left(relayer):
        while worker.signals.totals["left_to_repair_count"] == 0:
            await asyncio.sleep(0.01)
        outbox.expire()

    asyncio.run(worker.until(lambda: outbox.pending() == 0, beside=expire_when_left))
    assert outbox.ledger() == {"REPAIR_REQUEUED": 1, "DISPATCHED": 1}
    assert list(worker.rail.keys.values()) == [1]


def test_lease_that_was_taken_over_during_the_call_leaves_one_terminal_and_a_late_outcome(
    outbox, new_worker, with_calls
):
    """The worker was paused between dispatch and complete: P7002, late outcome, one terminal (CL-14)."""
    outbox.enqueue(1)
    worker = new_worker(claim_batch_size=1, concurrency=1)  # with one in hand it claims no more: worker-2 takes it over

    async def overtaken(payment):
        outbox.expire()
        async with outbox.calls("worker-2") as calls:
            taken = (await calls.claim(1, 60))[0]
            await calls.complete(taken, Outcome(state=State.DISPATCHED))

    worker.rail.on_dispatch = overtaken
    asyncio.run(worker.until(lambda: worker.signals.totals["lease_lost_count"] == 1))
    assert outbox.ledger() == {"REPAIR_REQUEUED": 1, "DISPATCHED": 1}
    assert worker.signals.totals["late_outcome_count"] == 1
    assert outbox.rows("SELECT worker_id FROM payment_outbox_late_outcomes") == [("worker-1",)]


def test_key_at_the_rail_is_one_over_many_attempts_and_workers(outbox, new_worker):
    """Ten workers, ten attempts: the rail sees one key and growing epochs (CL-04)."""
    outbox.enqueue(1)
    seen = []

    async def note(payment):
        seen.append((str(payment.outbox_id), payment.lease_epoch))
        return Unknown(error_code="NO_ANSWER")

    for number in range(10):
        worker = new_worker(worker_id=f"worker-{number}")
        worker.rail.on_dispatch = note
        asyncio.run(worker.until(lambda worker=worker: worker.signals.totals["left_to_repair_count"] == 1))
        outbox.expire()
    assert len({key for key, _ in seen}) == 1
    assert [epoch for _, epoch in seen] == list(range(1, 11))


def test_bulk_enqueue_in_one_transaction_is_relayed(outbox, new_worker):
    """Twenty thousand payments in one transaction exhaust nothing (LV-07)."""
    outbox.enqueue(20_000)
    worker = new_worker()
    asyncio.run(worker.until(lambda: sum(worker.rail.keys.values()) >= 100))
    assert outbox.ledger()["DISPATCHED"] >= 100

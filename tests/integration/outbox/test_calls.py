"""The worker's calls on a real database."""

import asyncio

import psycopg
import pytest

from leaseproof.errors import TERMINAL_GUARD, DatabaseError
from leaseproof.outbox.calls import OutboxCalls
from leaseproof.outbox.payment import Answered, Outcome, State
from leaseproof.outbox.verdict import Verdict, verdict_on

DONE = Outcome(state=State.DISPATCHED, rail_reference="r-1", rail_code="00", latency_ms=7)


def test_claim_is_committed_before_its_answer(outbox, with_calls):
    """When claim returns, another session sees the lease: the rail can only be called after that (CL-10)."""
    outbox.enqueue(3)

    async def use(calls):
        payments = await calls.claim(2, 60)
        return payments, outbox.rows(
            "SELECT outbox_id, lease_token FROM payment_outbox_pending WHERE lease_token IS NOT NULL"
        )

    payments, leased = with_calls(use)
    assert sorted(leased) == sorted((each.outbox_id, each.lease_token) for each in payments)
    assert len(payments) == 2


def test_outcome_is_stored_with_its_telemetry(outbox, with_calls):
    """What the rail said is in the ledger."""
    outbox.enqueue()

    async def use(calls):
        return await calls.complete((await calls.claim(1, 60))[0], DONE)

    assert with_calls(use) == Answered(state="DISPATCHED")
    assert outbox.rows(
        "SELECT state::text, rail_reference, rail_code, latency_ms, recorded_by FROM payment_outbox_attempts"
    ) == [("DISPATCHED", "r-1", "00", 7, "worker-1")]


def test_set_of_outcomes_has_one_answer_each(outbox, with_calls):
    """Three states and a lost lease in one call, answered in order."""
    outbox.enqueue(4)

    async def use(calls):
        payments = await calls.claim(4, 60)
        outbox.expire(payments[2].outbox_id)
        outcomes = (
            DONE,
            Outcome(state=State.RETRYABLE, error_code="BUSY", retry_delay_seconds=5),
            DONE,
            Outcome(state=State.FAILED, error_code="NO", error_message="closed"),
        )
        return await calls.complete_many(list(zip(payments, outcomes, strict=True)))

    assert with_calls(use) == [
        Answered(state="DISPATCHED"),
        Answered(state="RETRYABLE"),
        Answered(refused_with="P7002"),
        Answered(state="FAILED"),
    ]
    assert outbox.ledger() == {"DISPATCHED": 1, "RETRYABLE": 1, "FAILED": 1} and outbox.pending() == 2


def test_hostile_telemetry_does_not_block_an_outcome(outbox, with_calls):
    """NUL, half a surrogate pair, megabytes and a latency beyond 32 bits: the payment is recorded (AR-06)."""
    outbox.enqueue(2)
    hostile = Outcome(
        state=State.FAILED,
        rail_reference="a\0b",
        error_code="\ud800" * 9,
        error_message="x" * 10**6,
        latency_ms=2**60,
    )

    async def use(calls):
        first, second = await calls.claim(2, 60)
        return [await calls.complete(first, hostile), *(await calls.complete_many([(second, hostile)]))]

    assert with_calls(use) == [Answered(state="FAILED")] * 2


def test_money_and_64_bit_numbers_survive(outbox, with_calls, broken_on_purpose):
    """A sequence number beyond 2^53 and an amount beyond a float's precision come through exactly (CL-16)."""
    broken_on_purpose(outbox.database, "one_payment_per_sequence_number")
    outbox.owner.execute(
        "INSERT INTO participant_outbox_sequences (participant_id, next_sequence_id) VALUES ('p-1', 9007199254740993)"
    )
    outbox.enqueue(
        1, payload='{"amount": "90071992547409.93", "number": 90071992547409.93, "id": 9007199254740993}'
    )

    async def use(calls):
        return (await calls.claim(1, 60))[0]

    payment = with_calls(use)
    assert payment.sequence_id == 9_007_199_254_740_993
    assert [str(value) for _, value in sorted(payment.document().items())] == [
        "90071992547409.93",
        "9007199254740993",
        "90071992547409.93",
    ]
    assert "90071992547409.93" in payment.payload


def test_lost_lease_is_refused_and_its_outcome_kept_once(outbox, with_calls):
    """P7002 on the completion, then the late outcome, then nothing new (CL-07)."""
    outbox.enqueue()

    async def use(calls):
        payment = (await calls.claim(1, 60))[0]
        outbox.expire()
        with pytest.raises(DatabaseError) as lost:
            await calls.complete(payment, DONE)
        return lost.value, [await calls.report_late(payment, DONE), await calls.report_late(payment, DONE)]

    error, kept = with_calls(use)
    assert (error.sqlstate, verdict_on(error), kept) == ("P7002", Verdict.LEASE_LOST, [True, False])
    assert outbox.rows("SELECT worker_id, state::text, rail_reference FROM payment_outbox_late_outcomes") == [
        ("worker-1", "DISPATCHED", "r-1")
    ]
    assert outbox.ledger() == {}


def test_late_report_under_a_live_lease_is_refused(outbox, with_calls):
    """While the lease lives there is a completion for it."""
    outbox.enqueue()

    async def use(calls):
        with pytest.raises(DatabaseError) as refused:
            await calls.report_late((await calls.claim(1, 60))[0], DONE)
        return refused.value.sqlstate

    assert with_calls(use) == "P7002"


@pytest.mark.parametrize(("guard_off", "sqlstate"), [(False, "P7011"), (True, "23505")])
def test_terminal_guard_is_recognised_by_either_line(outbox, with_calls, broken_on_purpose, guard_off, sqlstate):
    """A payment that is terminal already is refused by the trigger, and without the trigger by the unique index."""
    broken_on_purpose(
        outbox.database,
        "attempt_count_equals_ledger",
        "no_payment_both_pending_and_terminal",
        "one_ledger_row_per_ended_lease",
        *(["catalog_is_exact"] if guard_off else []),
    )
    outbox.enqueue()

    async def use(calls):
        payment = (await calls.claim(1, 60))[0]
        outbox.forge_terminal()
        if guard_off:
            outbox.owner.execute("ALTER TABLE payment_outbox_attempts DISABLE TRIGGER USER")
        with pytest.raises(DatabaseError) as refused:
            await calls.complete(payment, DONE)
        return refused.value, await calls.complete_many([(payment, DONE)])

    error, answers = with_calls(use)
    assert (error.sqlstate, verdict_on(error)) == (sqlstate, Verdict.GUARD_HIT)
    assert answers == [
        Answered(refused_with=sqlstate, refused_constraint=TERMINAL_GUARD if guard_off else None)
    ]


def test_repair_returns_what_it_ended(outbox, with_calls):
    """Bounded passes, each row with its new state."""
    outbox.enqueue(3)

    async def use(calls):
        await calls.claim(3, 60)
        outbox.expire()
        return [len(await calls.repair(2)) for _ in range(3)], await calls.expired_leases()

    assert with_calls(use) == ([2, 1, 0], 0)
    assert outbox.ledger() == {"REPAIR_REQUEUED": 3}


def test_closed_claims_are_recognised(outbox, with_calls):
    """P7007 for claim and repair alike, until the owner opens them (DR-04)."""
    outbox.enqueue()
    outbox.owner.execute("SELECT close_outbox_claims('restored')")

    async def use(calls):
        errors = []
        for call in (calls.claim(1, 60), calls.repair(1)):
            with pytest.raises(DatabaseError) as closed:
                await call
            errors.append(verdict_on(closed.value))
        outbox.owner.execute("SELECT open_outbox_claims()")
        return errors, len(await calls.claim(1, 60))

    assert with_calls(use) == ([Verdict.CLAIMS_CLOSED] * 2, 1)


def test_pooled_connection_keeps_no_state(outbox, with_calls):
    """After every kind of call: no prepared statement, no lock, no open transaction, no changed setting (CL-11)."""
    outbox.enqueue(30)

    async def use(calls):
        for _ in range(10):
            payments = await calls.claim(2, 60)
            await calls.complete_many([(payment, DONE) for payment in payments])
            await calls.repair(1)
            await calls.status()
        async with calls._pool.connection() as connection:
            return [
                (await (await connection.execute(query)).fetchone())[0]
                for query in (
                    "SELECT count(*) FROM pg_prepared_statements",
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
                    "SELECT count(*) FROM pg_listening_channels()",
                    "SELECT count(*) FROM pg_cursors",
                    "SELECT count(*) FROM pg_settings WHERE source = 'session' AND name <> 'application_name'",
                )
            ]

    assert with_calls(use, pool_size=1) == [0, 0, 0, 0, 0]


def test_statement_that_takes_too_long_is_nothing_known(outbox, with_calls):
    """A row that somebody holds ends the wait, and the same completion works afterwards (CL-09)."""
    outbox.enqueue()

    async def use(calls):
        payment = (await calls.claim(1, 60))[0]
        with outbox.owner.transaction():
            outbox.owner.execute("SELECT outbox_id FROM payment_outbox_pending FOR UPDATE")
            with pytest.raises(DatabaseError) as slow:
                await calls.complete(payment, DONE)
        return verdict_on(slow.value), await calls.complete(payment, DONE)

    assert with_calls(use, statement_timeout_seconds=0.3) == (Verdict.SAY_AGAIN, Answered(state="DISPATCHED"))


def test_database_that_is_away_is_nothing_known():
    """Nobody listens there: an SQLSTATE of the connection, and no password in the text."""

    async def use():
        url = "postgresql://worker:hidden@127.0.0.1:1/outbox"
        async with OutboxCalls(
            database_url=url, worker_id="w", pool_size=1, statement_timeout_seconds=0.5
        ) as calls:
            with pytest.raises(DatabaseError) as away:
                await calls.status()
            return away.value

    error = asyncio.run(use())
    assert verdict_on(error) is Verdict.SAY_AGAIN and "hidden" not in str(error)


def test_executor_can_do_nothing_but_call(outbox, connect_as):
    """The worker's login reads no table: what it knows, it knows from its calls."""
    executor = connect_as("outbox_executor", outbox.database)
    for table in ("payment_outbox_pending", "payment_outbox_attempts", "payment_outbox_keys"):
        with pytest.raises((DatabaseError, psycopg.Error)) as refused:
            executor.execute(f"SELECT * FROM public.{table}")
        assert refused.value.sqlstate == "42501"

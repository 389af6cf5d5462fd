"""What becomes of leases when the database crashes, is copied, or is restored from a dump."""

import asyncio
import os
import subprocess

import pytest

from leaseproof.bench.relay.crashable_server import CrashableServer
from leaseproof.database import binaries
from leaseproof.database.apply import apply
from leaseproof.database.connection import connect
from leaseproof.errors import DatabaseError
from leaseproof.outbox.calls import OutboxCalls
from leaseproof.outbox.payment import Outcome, State

DONE = Outcome(state=State.DISPATCHED)
ENQUEUE = "SELECT * FROM public.enqueue_payment_outbox('i', 'p', 'k', 'INSTANT', '{}')"


def test_acknowledged_completion_survives_a_crash(leaseproof_run):
    """synchronous_commit = off in the worker's own session, an immediate stop after the answer: it is there (DR-01)."""

    async def claim_and_complete(url):
        async with OutboxCalls(
            database_url=url, worker_id="w", pool_size=1, statement_timeout_seconds=10
        ) as calls:
            return await calls.complete((await calls.claim(1, 60))[0], DONE)

    with CrashableServer() as server:
        with connect(server.conninfo()) as owner:
            apply(owner, leaseproof_run.root / "sql")
            owner.execute("SELECT public.open_outbox_claims()")
            owner.execute("ALTER ROLE outbox_executor SET synchronous_commit = off")
            owner.execute(ENQUEUE)
        answer = asyncio.run(claim_and_complete(server.conninfo(user="outbox_executor")))
        server.crash()
        server.start()
        with connect(server.conninfo()) as owner:
            found = owner.execute(
                "SELECT (SELECT count(*) FROM payment_outbox_pending), (SELECT count(*) FROM payment_outbox_attempts)"
            ).fetchone()
    assert (answer.state, found) == ("DISPATCHED", (0, 1))


def test_lease_does_not_survive_into_a_copy(outbox, leaseproof_run, with_calls, connect_as):
    """A copied database honours no lease of the original, also when its owner has opened claims (DR-03)."""
    outbox.enqueue(1)

    async def claim(calls):
        return (await calls.claim(1, 60))[0]

    payment = with_calls(claim)
    outbox.owner.close()
    copy = leaseproof_run.create_database("copy_of_" + outbox.database[-20:], template=outbox.database)

    async def complete_in_copy():
        url = leaseproof_run.login("outbox_executor", copy).conninfo
        async with OutboxCalls(
            database_url=url, worker_id="worker-1", pool_size=1, statement_timeout_seconds=10
        ) as calls:
            with pytest.raises(DatabaseError) as refused:
                await calls.complete(payment, DONE)
            return refused.value.sqlstate

    assert asyncio.run(complete_in_copy()) == "P7002"
    assert connect_as("owner", copy).execute("SELECT count(*) FROM payment_outbox_attempts").fetchone() == (
        0,
    )


def programs(leaseproof_run):
    """Return the folder with a pg_dump that is not older than the server."""
    major = leaseproof_run.server.version // 10_000
    folder = next((place for place in (binaries.find(each) for each in range(major, 20)) if place), None)
    if folder is None or not (folder / "pg_dump").exists():
        pytest.skip(f"no pg_dump for PostgreSQL {major} on this machine")
    return folder


def client_environment():
    """Return what a program of PostgreSQL needs: a password may be in the environment alone."""
    passed_on = {name: os.environ[name] for name in ("PGPASSWORD", "PGPASSFILE") if name in os.environ}
    return {"PATH": os.defpath, "LC_ALL": "C", **passed_on}


def dump(folder, conninfo, *options):
    """Return a database as SQL."""
    command = [folder / "pg_dump", *options, "--dbname", conninfo]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=client_environment()).stdout


def restore(folder, conninfo, dumped):
    """Run a dump on a database, every statement or the first error."""
    command = [folder / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", conninfo]
    restored = subprocess.run(command, input=dumped, capture_output=True, text=True, env=client_environment())
    assert restored.returncode == 0, restored.stderr[-500:]


def refusals(leaseproof_run, database, payment):
    """Return what a claim and a completion of an old lease are refused with, and whether claims are open."""

    async def attempt():
        url = leaseproof_run.login("outbox_executor", database).conninfo
        async with OutboxCalls(
            database_url=url, worker_id="worker-1", pool_size=1, statement_timeout_seconds=10
        ) as calls:
            with pytest.raises(DatabaseError) as claimed:
                await calls.claim(1, 60)
            with pytest.raises(DatabaseError) as completed:
                await calls.complete(payment, DONE)
            return claimed.value.sqlstate, completed.value.sqlstate, (await calls.status())["claims_open"]

    return asyncio.run(attempt())


async def claim_one(calls):
    """Claim one payment."""
    return (await calls.claim(1, 900))[0]


def test_restored_dump_is_the_same_model_with_claims_closed(outbox, leaseproof_run, with_calls, connect_as):
    """pg_dump and restore keep triggers, grants and pinned paths, and no payment is claimed there (DR-04, DR-10)."""
    folder = programs(leaseproof_run)
    outbox.enqueue(3)
    payment = with_calls(claim_one)
    target = leaseproof_run.create_database("restored_" + outbox.database[-20:], template="template0")
    dumped = dump(folder, leaseproof_run.login("owner", outbox.database).conninfo)
    restore(folder, leaseproof_run.login("owner", target).conninfo, dumped)
    owner = connect_as("owner", target)
    for path in sorted((leaseproof_run.root / "sql" / "invariants").glob("*.sql")):
        assert owner.execute(path.read_text()).fetchall() == [], path.stem
    assert refusals(leaseproof_run, target, payment) == ("P7007", "P7002", False)


def test_dump_restored_into_its_own_database_closes_claims(outbox, leaseproof_run, with_calls):
    """A payment that was finished after the dump is pending again: nobody claims it, no old lease completes it (DR-03)."""
    folder = programs(leaseproof_run)
    outbox.enqueue(1)
    payment = with_calls(claim_one)
    owner = leaseproof_run.login("owner", outbox.database).conninfo
    dumped = dump(folder, owner, "--clean", "--if-exists")

    async def complete(calls):
        return (await calls.complete(payment, DONE)).state

    assert with_calls(complete) == "DISPATCHED"
    restore(folder, owner, dumped)
    assert (outbox.pending(), outbox.ledger()) == (1, {})
    assert refusals(leaseproof_run, outbox.database, payment) == ("P7007", "P7002", False)


def test_standby_knows_nothing_until_it_is_promoted(leaseproof_run):
    """A worker that reaches a standby must say everything again; after the promotion claims are closed (CL-09, DR-04)."""

    async def refused_with(url, payment):
        async with OutboxCalls(
            database_url=url, worker_id="w", pool_size=1, statement_timeout_seconds=10
        ) as calls:
            codes = []
            for call, arguments in (
                (calls.complete, (payment, DONE)),
                (calls.complete_many, ([(payment, DONE)],)),
                (calls.report_late, (payment, DONE)),
                (calls.claim, (1, 60)),
            ):
                try:
                    answer = await call(*arguments)
                    codes.append(answer[0].refused_with if call == calls.complete_many else answer)
                except DatabaseError as refused:
                    codes.append(refused.sqlstate)
            return codes, (await calls.status())["claims_open"]

    async def claim(url):
        async with OutboxCalls(
            database_url=url, worker_id="w", pool_size=1, statement_timeout_seconds=10
        ) as calls:
            return await claim_one(calls)

    with CrashableServer() as server:
        with connect(server.conninfo()) as owner:
            apply(owner, leaseproof_run.root / "sql")
            owner.execute("SELECT public.open_outbox_claims()")
            owner.execute(ENQUEUE)
        url = server.conninfo(user="outbox_executor")
        payment = asyncio.run(claim(url))
        server.crash()
        server.start_as_standby()
        standby = asyncio.run(refused_with(url, payment))
        with connect(server.conninfo()) as owner:
            owner.execute("SELECT pg_promote()")
        promoted = asyncio.run(refused_with(url, payment))
    assert standby == (["25006", "25006", "25006", "P7007"], False)
    assert promoted == (["P7002", "P7002", True, "P7007"], False)


def test_full_queue_of_notifications_does_not_stop_enqueue(leaseproof_run):
    """Any login can fill it; a notification is a hint and never costs a payment (LV-09)."""
    with CrashableServer() as server:
        with connect(server.conninfo()) as owner:
            if owner.info.server_version < 170000:
                pytest.skip("the queue of notifications cannot be made small before PostgreSQL 17")
            apply(owner, leaseproof_run.root / "sql")
            owner.execute("CREATE ROLE stranger LOGIN")
            owner.execute("ALTER SYSTEM SET max_notify_queue_pages = 64")
        server.crash()
        server.start()
        with connect(server.conninfo(user="stranger")) as listener, connect(server.conninfo(user="stranger")) as flood:
            listener.execute("LISTEN anything")
            listener.execute("BEGIN")
            listener.execute("SELECT 1")
            with pytest.raises(DatabaseError) as full:
                for number in range(1_000):
                    flood.execute("SELECT pg_notify('anything', rpad(%s::text, 7900, 'x'))", [number])
            with connect(server.conninfo(user="outbox_ingest")) as ingest:
                answer = ingest.execute(ENQUEUE).fetchall()
    assert full.value.sqlstate == "54000"
    assert [row[-1] for row in answer] == ["PENDING"]


def test_reconciled_payment_is_not_sent_again(outbox, with_calls):
    """While claims are closed the owner writes DISPATCHED for what the rail knows; the rest is sent (DR-05)."""
    outbox.enqueue(3)
    outbox.owner.execute("SELECT close_outbox_claims('point-in-time recovery')")
    known = outbox.rows(
        "SELECT outbox_id FROM payment_outbox_pending ORDER BY sequence_id, participant_id LIMIT 1"
    )[0][0]
    outbox.owner.execute("SELECT reconcile_dispatched_payment(%s, 'rail-1', 'on-call')", [known])
    outbox.owner.execute("SELECT open_outbox_claims()")

    async def claim(calls):
        return [payment.outbox_id for payment in await calls.claim(10, 60)]

    assert known not in (claimed := with_calls(claim)) and len(claimed) == 2
    assert outbox.rows("SELECT outbox_id, state::text FROM payment_outbox_attempts") == [
        (known, "DISPATCHED")
    ]


def test_table_level_restore_is_seen_by_the_standing_invariants(outbox, leaseproof_run, with_calls, broken_on_purpose):
    """Queue and ledger belong together: a ledger that was not restored is not silently an empty one (DR-12)."""
    broken_on_purpose(
        outbox.database,
        "attempt_count_equals_ledger",
        "catalog_is_exact",
        "no_payment_is_lost",
        "one_ledger_row_per_ended_lease",
        "sequence_counter_is_ahead",
    )
    outbox.enqueue(2)

    async def dispatch(calls):
        payments = await calls.claim(2, 60)
        await calls.complete_many([(payments[0], DONE), (payments[1], Outcome(state=State.RETRYABLE))])

    with_calls(dispatch)
    outbox.owner.execute("ALTER TABLE payment_outbox_attempts DISABLE TRIGGER USER")
    outbox.owner.execute("TRUNCATE payment_outbox_attempts")
    found = {
        path.stem
        for path in (leaseproof_run.root / "sql" / "invariants").glob("*.sql")
        if outbox.rows(path.read_text())
    }
    assert {"no_payment_is_lost", "attempt_count_equals_ledger"} <= found


def test_keys_do_not_depend_on_the_collation_of_the_system(outbox):
    """No text that identifies a payment is compared by rules that a library upgrade changes (DR-09)."""
    assert (
        outbox.rows(
            "SELECT c.relname, a.attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid"
            " JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisunique AND a.attnum = ANY (i.indkey)"
            " JOIN pg_collation AS o ON o.oid = a.attcollation"
            " WHERE c.relnamespace = 'public'::regnamespace AND c.relname LIKE '%outbox%' AND o.collname <> 'C'"
        )
        == []
    )


def test_claimer_that_sits_in_its_transaction_is_ended(outbox, leaseproof_run, with_calls, connect_as):
    """The executor role has a limit on idle transactions; when it strikes, the payment is claimable again (LV-01)."""
    outbox.enqueue(1)
    sitting = connect_as("outbox_executor", outbox.database)
    assert sitting.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("1min",)
    sitting.execute("SET idle_in_transaction_session_timeout = '50ms'")
    sitting.execute("BEGIN")
    sitting.execute("SELECT * FROM claim_outbox_batch(1, 'sitting', 60)")

    async def claim_when_free(calls):
        async with asyncio.timeout(30):
            while not (payments := await calls.claim(1, 60)):
                await asyncio.sleep(0.01)
        return len(payments)

    assert with_calls(claim_when_free) == 1
    with pytest.raises(DatabaseError) as ended:
        sitting.execute("SELECT 1")
    assert ended.value.sqlstate in ("25P03", "08006")

"""What a claim and the status view cost beside a large queue, many leases and a long ledger (LV-03)."""

import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leaseproof.database.connection import Connection
from leaseproof.database.run import Run

CLAIM = "SELECT count(*) FROM public.claim_outbox_batch(10, 'bench', 60)"
STATUS = "SELECT * FROM public.supervisor_outbox_status"
ROUNDS = 50  # of each measured statement; each claim is rolled back
# Rows as the functions write them, but without the functions: a million through enqueue would take minutes.
_FORGE = """
SET LOCAL session_replication_role = replica;
CREATE TEMP TABLE forged ON COMMIT DROP AS
SELECT gen_random_uuid() AS outbox_id, 'i-' || n AS instruction_id, 'p-' || n % 1000 AS participant_id, n / 1000 + 1 AS sequence_id,
    'k-' || n AS idempotency_key
FROM generate_series({first}, {last}) AS n;
"""
_PENDING = """
INSERT INTO public.payment_outbox_pending (outbox_id, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload,
    next_attempt_at, created_at, lease_epoch, lease_token, claimed_by, leased_at, lease_expires_at, lease_xid, lease_incarnation)
SELECT outbox_id, instruction_id, participant_id, sequence_id, idempotency_key, 'INSTANT', '{{"amount": "10.00"}}',
    clock_timestamp() - interval '1 hour', clock_timestamp() - interval '1 hour', {leased}::integer,
    CASE WHEN {leased} THEN gen_random_uuid() END, CASE WHEN {leased} THEN 'other' END, CASE WHEN {leased} THEN clock_timestamp() END,
    CASE WHEN {leased} THEN clock_timestamp() + interval '10 minutes' END, CASE WHEN {leased} THEN pg_current_xact_id() END,
    CASE WHEN {leased} THEN public.outbox_incarnation() END
FROM forged;
"""
_LEDGER = """
INSERT INTO public.payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key,
    rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by)
SELECT outbox_id, 1, 'DISPATCHED', instruction_id, participant_id, sequence_id, idempotency_key, 'INSTANT', '{{"amount": "10.00"}}', 1,
    gen_random_uuid(), 'other', clock_timestamp(), 'other', clock_timestamp(), 'COMPLETION'
FROM forged;
"""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """The median cost of a statement beside so many rows."""

    statement: str
    pending: int
    leased: int
    ledger: int
    milliseconds: float


def measure_claims(run: Run, sizes: Sequence[int], *, leased: int, ledger: int) -> Iterator[Cost]:
    """Yield the cost of a claim of ten and of the status view as the queue grows, then beside leases and a ledger.

    Args:
        run: the server and its scratch databases.
        sizes: pending payments, growing.
        leased: leases of others in the last two steps.
        ledger: finished attempts in the last step.
    """
    database = run.create_database("claim_cost")
    with (
        run.connect("owner", database) as owner,
        run.connect("outbox_executor", database) as executor,
    ):
        made = 0
        for size in sizes:
            _forge(owner, made + 1, size, _PENDING.format(leased="false"))
            made = size
            yield from _both(executor, pending=made, leased=0, ledger=0)
        _forge(owner, made + 1, made + leased, _PENDING.format(leased="true"))
        yield from _both(executor, pending=made + leased, leased=leased, ledger=0)
        _forge(owner, made + leased + 1, made + leased + ledger, _LEDGER.format())
        yield from _both(executor, pending=made + leased, leased=leased, ledger=ledger)
    run.drop_database(database)


def _forge(owner: Connection, first: int, last: int, insert: str) -> None:
    with owner.transaction():
        owner.execute(_FORGE.format(first=first, last=last) + insert)  # type: ignore[call-overload]
    owner.execute("VACUUM ANALYZE")


def _both(executor: Connection, *, pending: int, leased: int, ledger: int) -> Iterator[Cost]:
    for name, statement in (("claim of 10", CLAIM), ("status view", STATUS)):
        spent = [_once(executor, statement) for _ in range(ROUNDS if name != "status view" else 5)]
        yield Cost(
            statement=name,
            pending=pending,
            leased=leased,
            ledger=ledger,
            milliseconds=statistics.median(spent),
        )


def _once(executor: Connection, statement: str) -> float:
    with executor.transaction(force_rollback=True):
        started = time.perf_counter()
        executor.execute(statement).fetchall()  # type: ignore[call-overload]
        return (time.perf_counter() - started) * 1000

"""The model under real threads and real connections: what a schedule of a few steps is too small to show."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest

from leaseproof.database.connection import Connection
from leaseproof.database.invariants import check, load_invariants
from leaseproof.errors import DatabaseError
from leaseproof.proof.fixtures import ConnectAs

INVARIANTS = load_invariants(Path(__file__).parents[3] / "sql" / "invariants")
ENQUEUE = "SELECT * FROM enqueue_payment_outbox(%s, %s, %s, 'SEPA', '{\"amount\": \"10.00\"}')"
FILL = """
SELECT count(*)
FROM generate_series(1, %s) AS i,
    LATERAL enqueue_payment_outbox('instruction-' || i, 'participant-' || i %% 7, 'key', 'SEPA', '{"amount": "10.00"}')
"""
EXPIRE = """
UPDATE payment_outbox_pending
SET lease_expires_at = clock_timestamp() - interval '1 millisecond'
WHERE outbox_id IN (
    SELECT p.outbox_id
    FROM payment_outbox_pending AS p
    WHERE p.lease_expires_at > clock_timestamp() + interval '1 minute'
    ORDER BY p.leased_at
    LIMIT 2
    FOR UPDATE SKIP LOCKED
)
RETURNING outbox_id
"""
LEASE_LOST = "P7002"
Answer = TypeVar("Answer")


def at_once(calls: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Start every call in a thread of its own, all at one barrier; return their answers in order."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Answer]) -> Answer:
        barrier.wait(timeout=30)
        return call()

    with ThreadPoolExecutor(max_workers=len(calls)) as threads:
        return [future.result() for future in [threads.submit(run, call) for call in calls]]


def sqlstate_of(connection: Connection, statement: str, arguments: Sequence[Any]) -> str:
    """Run a statement and return its SQLSTATE."""
    try:
        connection.execute(statement, arguments)
    except DatabaseError as error:
        return error.sqlstate
    return "00000"


def test_claimers_partition_the_queue(database: str, connect_as: ConnectAs) -> None:
    """LX-03: six workers that claim seven at a time take each of 200 payments exactly once."""
    connect_as("outbox_ingest", database).execute(FILL, [200])

    def claim_until_empty(connection: Connection, worker: str) -> list[Any]:
        taken: list[Any] = []
        while rows := connection.execute("SELECT outbox_id FROM claim_outbox_batch(7, %s, 600)", [worker]).fetchall():
            taken += [outbox_id for (outbox_id,) in rows]
        return taken

    executors = [connect_as("outbox_executor", database) for _ in range(6)]
    taken = at_once([lambda c=c, n=n: claim_until_empty(c, f"worker-{n}") for n, c in enumerate(executors)])

    every = [outbox_id for one in taken for outbox_id in one]
    assert (len(every), len(set(every))) == (200, 200)
    assert check(connect_as("owner", database), INVARIANTS) == ()


def test_parallel_completions_with_one_token_have_one_effect(database: str, connect_as: ConnectAs) -> None:
    """FC-11: of five completions with the same token one succeeds and four lose the lease."""
    connect_as("outbox_ingest", database).execute(FILL, [1])
    executors = [connect_as("outbox_executor", database) for _ in range(5)]
    claimed = executors[0].execute("SELECT outbox_id, lease_token FROM claim_outbox_batch(1, 'worker', 600)").fetchone()

    statement = "SELECT * FROM complete_outbox_attempt(%s, %s, 'worker', 'DISPATCHED')"
    answers = at_once([lambda c=c: sqlstate_of(c, statement, claimed) for c in executors])

    assert sorted(answers) == ["00000", *[LEASE_LOST] * 4]
    owner = connect_as("owner", database)
    assert owner.execute("SELECT attempt_no, state::text FROM payment_outbox_attempts").fetchall() == [(1, "DISPATCHED")]
    assert check(owner, INVARIANTS) == ()


def test_parallel_duplicates_are_one_payment(database: str, connect_as: ConnectAs) -> None:
    """EI-04: twenty requests that are the same make one row and draw one number."""
    ingests = [connect_as("outbox_ingest", database) for _ in range(20)]
    answers = at_once([lambda c=c: c.execute(ENQUEUE, ["instruction", "participant", "key"]).fetchone() for c in ingests])

    assert len(set(answers)) == 1
    owner = connect_as("owner", database)
    assert owner.execute("SELECT count(*) FROM payment_outbox_pending").fetchone() == (1,)
    assert owner.execute("SELECT next_sequence_id FROM participant_outbox_sequences").fetchone() == (2,)
    assert check(owner, INVARIANTS) == ()


def test_parallel_enqueues_draw_every_number_once(database: str, connect_as: ConnectAs) -> None:
    """SQ-02: eight callers with five payments each of one participant draw 1 to 40."""

    def enqueue_five(connection: Connection, caller: int) -> list[int]:
        return [connection.execute(ENQUEUE, [f"{caller}-{n}", "participant", "key"]).fetchone()[1] for n in range(5)]

    ingests = [connect_as("outbox_ingest", database) for _ in range(8)]
    drawn = at_once([lambda c=c, n=n: enqueue_five(c, n) for n, c in enumerate(ingests)])

    assert sorted(number for one in drawn for number in one) == list(range(1, 41))
    assert check(connect_as("owner", database), INVARIANTS) == ()


def test_bulk_enqueue_does_not_fill_the_lock_table(database: str, connect_as: ConnectAs) -> None:
    """LV-07: 20,000 payments enter in one transaction, which holds a handful of locks however many they are."""
    ingest = connect_as("outbox_ingest", database)
    locks = "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid()"
    with ingest.transaction():
        ingest.execute(FILL, [100])
        (after_a_hundred,) = ingest.execute(locks).fetchone()
        ingest.execute(FILL, [20_000])
        (after_all,) = ingest.execute(locks).fetchone()
    assert after_all - after_a_hundred < 100
    owner = connect_as("owner", database)
    assert owner.execute("SELECT count(*) FROM payment_outbox_pending").fetchone() == (20_000,)
    assert check(owner, INVARIANTS) == ()


@dataclass(frozen=True, kw_only=True)
class Lease:
    """What a worker knows of a payment that it claimed."""

    outbox_id: Any
    token: Any
    worker: str


@dataclass(kw_only=True)
class Load:
    """The random run: who does what, from one seed for each thread, and what came back."""

    seed: int
    known: list[Lease] = field(default_factory=list)  # every lease ever granted: also a stale one is tried again
    enqueued: list[Any] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str, number: int = 1) -> None:
        """Count an event."""
        with self.lock:
            self.counted[what] += number

    def enqueue(self, connection: Connection, operations: int) -> None:
        """Enqueue, one request in five a repetition, one in eight rolled back."""
        chance = random.Random(f"{self.seed}/ingest")
        for number in range(operations):
            request = chance.randrange(number + 1) if chance.random() < 0.2 else number
            rolled_back = chance.random() < 0.125
            with connection.transaction(force_rollback=rolled_back):
                row = connection.execute(ENQUEUE, [f"i-{request}", f"p-{request % 5}", "key"]).fetchone()
            if not rolled_back:
                self.enqueued.append(row[0])

    def work(self, executor: Connection, owner: Connection, worker: str, operations: int) -> None:
        """Claim, complete with any outcome and any lease that is known, report late, repair; as the owner let leases run out."""
        chance = random.Random(f"{self.seed}/{worker}")
        for _ in range(operations):
            act = chance.choice(("claim", "complete", "complete", "complete", "stale", "report", "repair", "expire"))
            if act == "claim":
                rows = executor.execute(
                    "SELECT outbox_id, lease_token FROM claim_outbox_batch(%s, %s, 600)", [chance.randint(1, 5), worker]
                ).fetchall()
                with self.lock:
                    self.known += [Lease(outbox_id=outbox_id, token=token, worker=worker) for outbox_id, token in rows]
            elif act == "repair":
                executor.execute("SELECT * FROM repair_expired_leases(2, %s)", [worker])
            elif act == "expire":
                self.count("expired", len(owner.execute(EXPIRE).fetchall()))
            else:
                with self.lock:
                    own = [lease for lease in self.known[-40:] if act == "stale" or lease.worker == worker]
                if own:
                    self.settle(executor, chance.choice(own), act, chance.choice(("DISPATCHED", "RETRYABLE", "FAILED")))

    def settle(self, connection: Connection, lease: Lease, act: str, state: str) -> None:
        """Record an outcome or report it late; to have lost the lease is the only refusal that is expected."""
        call = (
            "SELECT report_late_outcome(%s, %s, %s, %s)"
            if act == "report"
            else "SELECT * FROM complete_outbox_attempt(%s, %s, %s, %s, p_retry_delay_seconds => 0)"
        )
        try:
            connection.execute(call, [lease.outbox_id, lease.token, lease.worker, state])
        except DatabaseError as error:
            if error.sqlstate != LEASE_LOST:
                raise
            self.count("refused")
        else:
            self.count("reported" if act == "report" else "completed")


@pytest.mark.parametrize("seed", [1, 20260731])
def test_random_concurrent_run_keeps_every_payment(seed: int, database: str, connect_as: ConnectAs) -> None:
    """CV-04: after 1,900 random calls of five threads every invariant holds and each payment is pending or finished."""
    owner = connect_as("owner", database)
    owner.execute("UPDATE outbox_settings SET retry_delay_seconds = 0, retry_ceiling = 4")
    load = Load(seed=seed)
    print(f"seed {seed}")

    ingest = connect_as("outbox_ingest", database)
    workers = [
        (connect_as("outbox_executor", database), connect_as("owner", database), f"worker-{n}") for n in range(4)
    ]
    at_once([lambda: load.enqueue(ingest, 300), *(lambda w=w: load.work(*w, 400) for w in workers)])
    print(dict(load.counted))

    assert check(owner, INVARIANTS) == ()
    pending = {outbox_id for (outbox_id,) in owner.execute("SELECT outbox_id FROM payment_outbox_pending")}
    finished = [
        outbox_id
        for (outbox_id,) in owner.execute("SELECT outbox_id FROM payment_outbox_attempts WHERE state IN ('DISPATCHED', 'FAILED')")
    ]
    assert sorted([*pending, *finished]) == sorted(set(load.enqueued))
    ended = dict(owner.execute("SELECT ended_by, count(*) FROM payment_outbox_attempts GROUP BY ended_by").fetchall())
    assert ended["COMPLETION"] == load.counted["completed"]
    assert all([ended["REPAIR"], *(load.counted[what] for what in ("completed", "refused", "reported", "expired"))])

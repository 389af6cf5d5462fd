"""Payments a second through claim, a rail that does nothing, and completion: the worker beside bare SQL, in one run.

Each measured round has its own database with some history and the same number of payments enqueued before the clock
starts, on one server with the same durability. Rounds alternate, so that a noisy machine is noisy for all.
"""

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass

from leaseproof.bench.relay.peers import peers
from leaseproof.bench.relay.way import Way
from leaseproof.database.connection import connect
from leaseproof.database.run import Run
from leaseproof.errors import LeaseproofError
from leaseproof.outbox.calls import OutboxCalls
from leaseproof.outbox.conditions import Conditions
from leaseproof.outbox.payment import Payment
from leaseproof.outbox.rails.protocol import Absent, Accepted, Answer, Found
from leaseproof.outbox.relayer import Relayer
from leaseproof.outbox.settings import WorkerSettings
from leaseproof.outbox.signals import Signals

BATCH = 100
HISTORY = 2000  # payments finished before the clock starts
_ENQUEUE = """
SELECT count(e.outbox_id)
FROM generate_series(%s::integer, %s::integer) AS n
CROSS JOIN LATERAL public.enqueue_payment_outbox(
    'i-' || n, 'p-' || n %% 100, 'k-' || n, 'INSTANT', jsonb_build_object('amount', '10.00', 'currency', 'EUR')
) AS e
"""
_CLAIM = "SELECT outbox_id, lease_token, payload FROM public.claim_outbox_batch(%s, %s, 60)"
_COMPLETE_SET = """
SELECT count(*) FROM public.complete_outbox_attempts(
    %s, %s::uuid[], %s::uuid[], array_fill('DISPATCHED'::public.payment_outbox_attempt_state, ARRAY[%s])
)
"""
_COMPLETE_ONE = "SELECT * FROM public.complete_outbox_attempt(%s, %s, %s, 'DISPATCHED')"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Payments a second of one way, over its rounds."""

    name: str
    workers: int
    rates: tuple[float, ...]

    @property
    def middle(self) -> float:
        """Return the median."""
        return statistics.median(self.rates)


class NoRail:
    """Accepts every payment at once."""

    async def dispatch(
        self, payment: Payment, *, idempotency_key: str, fencing_epoch: int, deadline: float
    ) -> Answer:
        """Accept."""
        return Accepted()

    async def lookup(self, idempotency_key: str, *, deadline: float) -> Found:
        """Know nothing."""
        return Absent()

    async def aclose(self) -> None:
        """Hold nothing."""


async def relay_all(url: str, worker_id: str) -> None:
    """Run the worker until a claim finds nothing and nothing is in hand."""
    settings = WorkerSettings(
        database_url=url,
        worker_id=worker_id,
        claim_batch_size=2 * BATCH,
        concurrency=BATCH,
        poll_interval_seconds=0.01,
    )
    async with OutboxCalls(
        database_url=url, worker_id=worker_id, pool_size=2, statement_timeout_seconds=60.0
    ) as calls:
        relayer = Relayer(
            settings=settings,
            calls=calls,
            rail=NoRail(),
            signals=Signals(worker_id=worker_id),
            conditions=Conditions(worker_id=worker_id),
        )
        claim = calls.claim

        async def claim_or_stop(batch_size: int, lease_seconds: int) -> list[Payment]:
            payments = await claim(batch_size, lease_seconds)
            if not payments and relayer.in_hand == 0:
                relayer.stop()
            return payments

        calls.claim = claim_or_stop  # type: ignore[method-assign]
        await relayer.run()


def bare_sets(url: str, worker_id: str) -> None:
    """Claim and complete in sets with nothing around the SQL."""
    with connect(url) as connection:
        while rows := connection.execute(_CLAIM, [BATCH, worker_id]).fetchall():
            ids, tokens = [row[0] for row in rows], [row[1] for row in rows]
            connection.execute(_COMPLETE_SET, [worker_id, ids, tokens, len(rows)]).fetchall()


def bare_singles(url: str, worker_id: str) -> None:
    """Claim in sets and complete one by one, a commit each, with nothing around the SQL."""
    with connect(url) as connection:
        while rows := connection.execute(_CLAIM, [BATCH, worker_id]).fetchall():
            for outbox_id, token, _ in rows:
                connection.execute(_COMPLETE_ONE, [outbox_id, token, worker_id]).fetchall()


def enqueue_payments(run: Run, database: str, payments: int) -> str:
    """Fill the outbox of a new database; return the worker's connection string."""
    url = run.login("outbox_executor", database).conninfo
    with run.connect("owner", database) as owner:
        owner.execute(_ENQUEUE, [1, HISTORY])
        bare_sets(url, "history")  # a plan made for an empty ledger would be kept while it grows
        owner.execute(_ENQUEUE, [HISTORY + 1, HISTORY + payments])
        owner.execute("VACUUM ANALYZE")
    return url


def payments_done(run: Run, database: str) -> int:
    """Return how many payments were finished, history left out."""
    with run.connect("owner", database) as owner:
        row = owner.execute("SELECT count(*) FROM public.payment_outbox_attempts").fetchone()
    assert row is not None
    return row[0] - HISTORY


def ways() -> tuple[Way, ...]:
    """Return what can be measured here: the peers only where they are installed."""
    return (
        Way(
            name="worker, no-op rail",
            prepare=enqueue_payments,
            work=lambda url, worker_id: asyncio.run(relay_all(url, worker_id)),
            done=payments_done,
        ),
        Way(name="bare SQL, sets of 100", prepare=enqueue_payments, work=bare_sets, done=payments_done),
        Way(
            name="bare SQL, one completion a commit",
            prepare=enqueue_payments,
            work=bare_singles,
            done=payments_done,
        ),
        *peers(),
    )


def measure(
    run: Run, environment: Mapping[str, str], *, payments: int, workers: int, rounds: int
) -> tuple[Measured, ...]:
    """Measure every way, rounds alternating.

    Args:
        run: the server and its scratch databases.
        environment: of this process; the worker processes need it to start.
        payments: enqueued before each round.
        workers: processes at once.
        rounds: of each way.

    Raises:
        LeaseproofError: a way did not finish every payment, so its rate would be of something else.
    """
    chosen = ways()
    rates: dict[str, list[float]] = {way.name: [] for way in chosen}
    for number in range(rounds):
        for position, way in enumerate(chosen):
            database = run.create_database(f"payments_{workers}_{number}_{position}")
            url = way.prepare(run, database, payments)
            rates[way.name].append(payments / _timed(way.name, url, environment, workers))
            done = way.done(run, database)
            run.drop_database(database)
            if done != payments:
                raise LeaseproofError(
                    f"got {done} of {payments} payments from {way.name}; expected all; run it again"
                )
    return tuple(Measured(name=name, workers=workers, rates=tuple(each)) for name, each in rates.items())


def _timed(name: str, url: str, environment: Mapping[str, str], workers: int) -> float:
    """Return the seconds from the moment all processes are ready to the end of the last."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", __name__, name, str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=dict(environment),
            text=True,
        )
        for number in range(workers)
    ]
    for process in processes:
        assert process.stdin is not None and process.stdout is not None
        process.stdout.readline()
    started = time.perf_counter()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(url + "\n")
        process.stdin.close()
    for process in processes:
        if process.wait() != 0:
            raise LeaseproofError(
                f"got code {process.returncode} from {name}; expected 0; its words are above"
            )
        assert process.stdout is not None
        process.stdout.close()
    return time.perf_counter() - started


if __name__ == "__main__":
    print("ready", flush=True)
    next(way for way in ways() if way.name == sys.argv[1]).work(
        sys.stdin.readline().strip(), f"worker-{sys.argv[2]}"
    )

"""The fault campaign: payments through several worker processes while everything around them fails."""

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

from leaseproof.bench.relay.crashable_server import CrashableServer
from leaseproof.bench.relay.fault_plan import RAIL_FAULTS, Fault, Kind, describe, draw
from leaseproof.bench.relay.processes import Processes, Started
from leaseproof.bench.relay.reckoning import Reckoning, reckon
from leaseproof.database.apply import apply
from leaseproof.database.connection import connect
from leaseproof.errors import DatabaseError, LeaseproofError

DATABASE = "outbox"
PATIENCE_SECONDS = 120.0  # for any one thing to happen
LATE_SECONDS = 1.3  # of the simulated rail: later than the workers wait
# A short lease makes every fault outlive it within seconds; the proportions are those of the defaults.
WORKER_SETTINGS: Mapping[str, str] = {
    "LEASE_SECONDS": "2",
    "LEASE_MARGIN_SECONDS": "0.2",
    "RAIL_TIMEOUT_SECONDS": "0.9",
    "RAIL_LOOKUP_TIMEOUT_SECONDS": "0.25",
    "CLAIM_BATCH_SIZE": "20",
    "RAIL_CONCURRENCY": "10",
    "POLL_INTERVAL_SECONDS": "0.2",
    "RETRY_BASE_SECONDS": "0.5",
    "RETRY_MAX_SECONDS": "4",
    "LEASE_REPAIR_BATCH_SIZE": "50",
    "SIGNAL_INTERVAL_SECONDS": "1",
    "STATEMENT_TIMEOUT_SECONDS": "5",
    "SHUTDOWN_SECONDS": "10",
}
_ENQUEUE: LiteralString = """
SELECT count(e.outbox_id)
FROM generate_series(%s::integer, %s::integer) AS n
CROSS JOIN LATERAL public.enqueue_payment_outbox(
    'instruction-' || n, 'participant-' || n %% 7, 'key-' || n, 'INSTANT',
    jsonb_build_object('amount', n || '.00', 'currency', 'EUR')
) AS e
"""
_TERMINAL: LiteralString = (
    "SELECT count(*) FROM public.payment_outbox_attempts WHERE state IN ('DISPATCHED', 'FAILED')"
)
_LIVE: LiteralString = """
SELECT count(*) FROM public.payment_outbox_pending
WHERE claimed_by = %s AND lease_expires_at > public.outbox_clock()
"""
_HELD: LiteralString = "SELECT count(*) FROM public.payment_outbox_pending WHERE claimed_by = %s"
_TERMINATE: LiteralString = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'outbox_executor'
"""

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Report:
    """How a campaign ended."""

    reckoning: Reckoning
    seconds: float

    @property
    def clean(self) -> bool:
        """Return whether nothing was found wrong."""
        return not self.reckoning.problems


class Scene:
    """A server with the model, the rail and the processes, with what a campaign does to them."""

    def __init__(self, server: CrashableServer, processes: Processes) -> None:
        self.server = server
        self.processes = processes
        self._rail_url = ""
        self._enqueued = 0
        self.workers: list[Started] = []
        self.repairers: list[Started] = []

    def prepare(self, model: Path, *rail_options: str) -> None:
        """Put the model on a new database and start the rail."""
        with connect(self.server.conninfo()) as connection:
            connection.execute(f"CREATE DATABASE {DATABASE}")  # type: ignore[call-overload]
        with connect(self.server.conninfo(DATABASE)) as connection:
            apply(connection, model)
            connection.execute("SELECT public.open_outbox_claims()")
        self._rail_url = self.processes.start_rail(*rail_options)

    def environment(self, **changes: str) -> dict[str, str]:
        """Return a worker's environment."""
        url = self.server.conninfo(DATABASE, user="outbox_executor")
        return {"OUTBOX_DATABASE_URL": url, "RAIL_URL": self._rail_url, **WORKER_SETTINGS, **changes}

    def start_worker(self, place: int) -> None:
        """Start a worker in a place; lease repair is left to the repairer, so that each counts its own."""
        started = self.processes.start_worker(
            f"worker-{place}", self.environment(LEASE_REPAIR_INTERVAL_SECONDS="3600"), "run"
        )
        self.workers[place : place + 1] = [started]

    def start_repairer(self) -> None:
        """Start a process that only repairs leases."""
        started = self.processes.start_worker(
            "repairer", self.environment(LEASE_REPAIR_INTERVAL_SECONDS="0.25"), "repair", "--passes=0"
        )
        self.repairers.append(started)

    def enqueue(self, payments: int) -> None:
        """Write payments into the outbox, as the payment service does."""
        first, last = self._enqueued + 1, self._enqueued + payments
        with connect(self.server.conninfo(DATABASE, user="outbox_ingest")) as connection:
            connection.execute(_ENQUEUE, [first, last])
        self._enqueued = last

    def value(self, query: LiteralString, *values: object) -> Any:
        """Return one value as the owner reads it; None while the server is away."""
        try:
            with connect(self.server.conninfo(DATABASE)) as connection:
                row = connection.execute(query, list(values)).fetchone()
        except DatabaseError:
            return None
        return row[0] if row else None

    def wait(self, until: Callable[[], bool], what: str) -> None:
        """Wait for something to become true.

        Raises:
            LeaseproofError: it did not within two minutes.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not until():
            for each in (*self.workers, *self.repairers):
                if each.process.poll() is not None:
                    raise LeaseproofError(
                        f"got the end of {each.name}; expected it to run on; its log ends: {each.log.read_text()[-600:]}"
                    )
            if time.monotonic() > deadline:
                status = self.value("SELECT row_to_json(s)::text FROM public.supervisor_outbox_status AS s")
                raise LeaseproofError(
                    f"waited {PATIENCE_SECONDS:.0f} s for {what}; expected it sooner; {status}"
                )
            time.sleep(0.03)

    def wait_until_started(self) -> None:
        """Wait until every worker and repairer has said who it is."""
        self.wait(
            lambda: all(each.worker_id for each in (*self.workers, *self.repairers)), "the workers to start"
        )

    def finished(self) -> int:
        """Return how many payments have their terminal attempt; -1 while the server is away."""
        value = self.value(_TERMINAL)
        return -1 if value is None else int(value)

    def inflict(self, fault: Fault) -> None:
        """Do one fault to the system."""
        worker = self.workers[fault.worker]
        match fault.kind:
            case Kind.KILL:
                self.wait_until_busy(worker)
                worker.kill()
                self.start_worker(fault.worker)
            case Kind.RETIRE:
                self.wait_until_busy(worker)
                worker.stop()
                self.start_worker(fault.worker)
            case Kind.PAUSE:
                self.wait_until_busy(worker)
                worker.signal(signal.SIGSTOP)
                try:
                    self.wait(
                        lambda: self.value(_HELD, worker.worker_id) == 0,
                        f"the leases of {worker.name} to end",
                    )
                finally:
                    worker.signal(signal.SIGCONT)
            case Kind.TERMINATE:
                self.value(_TERMINATE)
            case Kind.CRASH:
                self.server.crash()
                self.server.start()
        self.wait_until_started()

    def wait_until_busy(self, worker: Started) -> None:
        """Wait until a worker holds a lease, giving it payments until it does."""

        def busy() -> bool:
            held = self.value(_LIVE, worker.worker_id)
            if not held and self.value("SELECT count(*) FROM public.payment_outbox_pending") == 0:
                self.enqueue(10)
            return bool(held)

        self.wait(busy, f"{worker.name} to hold a lease")

    def finish(self) -> None:
        """Wait until nothing is pending, then end every process as an operator would."""
        self.wait(
            lambda: self.value("SELECT count(*) FROM public.payment_outbox_pending") == 0,
            "every payment to finish",
        )
        for each in (*self.workers, *self.repairers):
            each.process.terminate()
        for each in (*self.workers, *self.repairers):
            each.wait()


@contextmanager
def scene(
    *,
    model: Path,
    environment: Mapping[str, str],
    rail_options: tuple[str, ...],
    programs: Path | None = None,
) -> Iterator[Scene]:
    """Set everything up, and leave nothing behind."""
    with (
        CrashableServer(programs) as server,
        Processes(server.notes, environment) as processes,
    ):
        made = Scene(server, processes)
        made.prepare(model, *rail_options)
        yield made


def run_campaign(
    *,
    payments: int,
    workers: int,
    seed: int,
    model: Path,
    environment: Mapping[str, str],
    say: Say,
    programs: Path | None = None,
) -> Report:
    """Run a campaign and reckon up.

    Args:
        payments: how many, at least; a fault that needs a busy worker may add some.
        workers: how many worker processes at once.
        seed: of the plan of faults and of the rail's misbehaviour; the same seed replays both.
        model: the folder of the model's files.
        environment: of this process.
        say: takes lines of progress.
        programs: the server's binaries; default the newest that is installed.

    Raises:
        LeaseproofError: something did not happen within two minutes.
    """
    started = time.monotonic()
    plan = draw(seed=seed, payments=payments, workers=workers)
    say(f"seed {seed}: {len(plan)} faults; the rail: {RAIL_FAULTS} percent of calls\n{describe(plan)}")
    rail_options = (
        f"--seed={seed}",
        f"--faults={RAIL_FAULTS}",
        "--refused-percent=3",
        f"--late-seconds={LATE_SECONDS}",
        "--delay-seconds=0.02",
    )
    with scene(model=model, environment=environment, rail_options=rail_options, programs=programs) as made:
        for place in range(workers):
            made.start_worker(place)
        made.start_repairer()
        made.wait_until_started()
        for number, fault in enumerate(plan, 1):
            made.enqueue(fault.payments)
            made.inflict(fault)
            say(f"{number}/{len(plan)} {fault.kind.name}: {made.finished()} payments finished")
        made.enqueue(payments - sum(fault.payments for fault in plan))
        made.finish()
        with connect(made.server.conninfo(DATABASE)) as connection:
            reckoning = reckon(
                connection,
                invariants=model / "invariants",
                rail_journal=made.processes.rail_journal,
                processes=made.processes.started,
                batch_size=int(WORKER_SETTINGS["CLAIM_BATCH_SIZE"]),
            )
    return Report(reckoning=reckoning, seconds=time.monotonic() - started)

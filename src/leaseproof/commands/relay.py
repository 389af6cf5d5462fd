"""The outbox worker: run it, repair leases, look at it, watch it survive."""

import asyncio
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from invoke import Context
from tabulate import tabulate

from leaseproof.bench.relay.campaign import run_campaign
from leaseproof.bench.relay.demo import run_demo
from leaseproof.commands.context import command, settings_from_environment
from leaseproof.database.server import describe
from leaseproof.errors import DatabaseError, LeaseproofError
from leaseproof.outbox.__main__ import log_to_stderr
from leaseproof.outbox.hooks import load_hooks
from leaseproof.outbox.rails.loading import load_rail
from leaseproof.outbox.service import read_status, repair_passes, run_repair, run_worker
from leaseproof.outbox.settings import WorkerSettings, settings_from


@command
def run(context: Context) -> None:
    """Relay payments to the rail and repair leases until SIGTERM; settings come from the environment."""
    settings = _settings()
    rail = load_rail(settings.rail, os.environ, concurrency=settings.concurrency)
    asyncio.run(run_worker(settings, rail, hooks=load_hooks(settings.signal_hook, os.environ)))


@command(help={"passes": "how many passes of LEASE_REPAIR_BATCH_SIZE leases; 0: until SIGTERM"})
def repair(context: Context, passes: int = 1) -> None:
    """Return the payments of dead workers to the queue."""
    settings = _settings()
    hooks = load_hooks(settings.signal_hook, os.environ)
    if passes < 0:
        raise LeaseproofError(f"got --passes={passes}; expected 0 or more; correct it")
    if passes:
        with _reached(settings):
            done = asyncio.run(repair_passes(settings, passes, hooks=hooks))
        print(f"requeued {done.requeued}, failed at the ceiling {done.failed}")
    else:
        asyncio.run(run_repair(settings, hooks=hooks))


@command
def status(context: Context) -> None:
    """Print the status view of the outbox database."""
    settings = _settings()
    with _reached(settings):
        found = asyncio.run(read_status(settings))
    print(tabulate(list(found.items()), tablefmt="plain"))


@command(
    help={
        "payments": "how many payments",
        "workers": "how many worker processes",
        "seed": "replays a plan of faults; 0 draws one and prints it",
    }
)
def chaos(context: Context, payments: int = 2000, workers: int = 4, seed: int = 0) -> None:
    """Kill, pause and cut off workers, crash the server, misbehave at the rail; then reckon up."""
    if payments < 50 or workers < 2:
        raise LeaseproofError(
            f"got --payments={payments} --workers={workers}; expected 50 payments and 2 workers at least, "
            "so that others can take over; raise them"
        )
    report = run_campaign(
        payments=payments,
        workers=workers,
        seed=seed or secrets.randbelow(10**6) + 1,
        model=_model(),
        environment=os.environ,
        say=_say,
    )
    print(tabulate(sorted(report.reckoning.figures.items()), tablefmt="plain"))
    if not report.clean:
        raise LeaseproofError(
            "got problems; expected none:\n"
            + "\n".join(report.reckoning.problems[:50])
            + "\nrun again with the seed"
        )
    print(f"clean after {report.seconds:.0f} s: ledger, rail, counters and logs agree")


@command(help={"payments": "how many payments"})
def demo(context: Context, payments: int = 300) -> None:
    """Watch two workers and lease repair move payments while one worker is killed."""
    if payments < 10:
        raise LeaseproofError(f"got --payments={payments}; expected 10 at least, so that there is something to watch; raise it")
    problems = run_demo(payments=payments, model=_model(), environment=os.environ, say=_say)
    if problems:
        raise LeaseproofError("got problems; expected none:\n" + "\n".join(problems))


@contextmanager
def _reached(settings: WorkerSettings) -> Iterator[None]:
    """Say which database could not be reached, and what to do."""
    try:
        yield
    except DatabaseError as error:
        if not error.sqlstate.startswith("08"):
            raise
        raise LeaseproofError(
            f"got no connection to {describe(settings.database_url)} ({error}); expected the outbox database to answer;"
            " check OUTBOX_DATABASE_URL, and that the server runs"
        ) from None


def _settings() -> WorkerSettings:
    log_to_stderr()
    return settings_from(os.environ)


def _model() -> Path:
    return settings_from_environment().root / "sql"


def _say(text: str) -> None:
    print(text, flush=True)

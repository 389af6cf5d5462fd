"""The benchmarks: each prints what it measured beside what it is measured against, in one run."""

import os
import tempfile
from pathlib import Path

from invoke import Context
from tabulate import tabulate

from leaseproof.bench import proofs as proofs_bench
from leaseproof.bench.relay.claims import measure_claims
from leaseproof.bench.relay.payments import Measured, measure
from leaseproof.commands.context import command, settings_from_environment
from leaseproof.database.run import open_run
from leaseproof.errors import LeaseproofError

BASELINE = "bare SQL, sets of 100"


@command(
    help={
        "payments": "how many payments a round",
        "workers": "worker processes, like 1,2",
        "rounds": "rounds of each way; the median counts",
        "db-url": "a server of your own; default a private one",
    }
)
def bench(
    context: Context, payments: int = 10_000, workers: str = "1,2", rounds: int = 3, db_url: str | None = None
) -> None:
    """Payments a second: the worker with a no-op rail beside bare SQL, and beside peers that are installed."""
    counts = [int(text) for text in workers.split(",") if text.isdecimal() and int(text) > 0]
    if not counts or payments < 1000 or payments % 100 or rounds < 1:
        raise LeaseproofError(
            f"got --payments={payments} --workers={workers} --rounds={rounds}; expected hundreds of payments from 1000 "
            "on, worker counts like 1,2 and a round at least; correct them"
        )
    settings = settings_from_environment(db_url)
    with open_run(url=settings.database_url, root=settings.root) as run:
        print(f"{payments} payments a round, {rounds} rounds, on {run.server.display()}", flush=True)
        for count in counts:
            measured = measure(run, os.environ, payments=payments, workers=count, rounds=rounds)
            print(_table(measured), flush=True)


@command(
    help={
        "proofs": "how many one-step proofs",
        "schedules": "how many schedules of races",
        "workers": "worker processes, like 1,2",
        "db-url": "a server of your own; default a private one",
    }
)
def bench_proofs(
    _context: Context, proofs: int = 200, schedules: int = 500, workers: str = "1,2", db_url: str | None = None
) -> None:
    """Proofs and schedules a second beside the same bare SQL, and where the rest of the time goes."""
    counts = [int(text) for text in workers.split(",") if text.isdecimal() and int(text) > 0]
    if not counts or proofs < 1 or schedules < 1:
        raise LeaseproofError(
            f"got --proofs={proofs} --schedules={schedules} --workers={workers}; expected at least one of each; correct them"
        )
    settings = settings_from_environment(db_url)
    with open_run(url=settings.database_url, root=settings.root) as run, tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        proofs_bench.write_proofs(root, model=settings.root / "sql", proofs=proofs, schedules=schedules)
        print(f"on {run.server.display()}", flush=True)
        rows = []
        for timing in proofs_bench.measure(run, root, os.environ, workers=counts):
            bare = timing.seconds if timing.way == "bare SQL" else rows[-1][4]
            rows.append(
                (timing.what, timing.way, timing.workers, timing.count, timing.seconds, timing.count / timing.seconds)
                + (timing.seconds / bare, timing.inside_seconds)
            )
        headers = ("what", "way", "workers", "run", "seconds", "a second", "times bare SQL", "seconds inside, a worker")
        print(tabulate(rows, headers=headers, floatfmt=".2f"), flush=True)
        for what in ("arguments", "races"):
            shares = proofs_bench.phases(run, root, what)
            print(f"\nOf the time inside, {what}:")
            print(tabulate(sorted(shares.items(), key=lambda each: -each[1]), headers=("phase", "percent"), floatfmt=".1f"))


@command(
    help={
        "largest": "the most pending payments, from 1000 on in steps of a hundred and ten times",
        "leased": "leases of others beside them",
        "ledger": "finished attempts beside them",
        "db-url": "a server of your own; default a private one",
    }
)
def bench_claims(
    _context: Context, largest: int = 1_000_000, leased: int = 200_000, ledger: int = 1_000_000, db_url: str | None = None
) -> None:
    """The cost of a claim and of the status view beside a large queue, many leases and a long ledger."""
    sizes = [size for size in (1_000, 100_000, 1_000_000) if size < largest] + [largest]
    if largest < 1000 or leased < 1 or ledger < 1:
        raise LeaseproofError(
            f"got --largest={largest} --leased={leased} --ledger={ledger}; expected 1000 pending payments, a lease and an "
            "attempt at least; correct them"
        )
    settings = settings_from_environment(db_url)
    with open_run(url=settings.database_url, root=settings.root) as run:
        print(f"on {run.server.display()}", flush=True)
        rows = [
            (each.statement, each.pending, each.leased, each.ledger, each.milliseconds)
            for each in measure_claims(run, sizes, leased=leased, ledger=ledger)
        ]
    headers = ("statement", "pending", "leased", "ledger", "milliseconds")
    print(tabulate(sorted(rows), headers=headers, floatfmt=".2f"))


def _table(measured: tuple[Measured, ...]) -> str:
    baseline = next(each.middle for each in measured if each.name == BASELINE)
    rows = [
        (each.workers, each.name, round(each.middle), round(min(each.rates)), round(max(each.rates)), baseline / each.middle)
        for each in measured
    ]
    headers = ("workers", "way", "payments/s", "least", "most", "times slower than bare SQL")
    return tabulate(rows, headers=headers, floatfmt=".2f")

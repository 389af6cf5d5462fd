"""The benchmarks: each prints what it measured beside what it is measured against, in one run."""

import os

from invoke import Context
from tabulate import tabulate

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


def _table(measured: tuple[Measured, ...]) -> str:
    baseline = next(each.middle for each in measured if each.name == BASELINE)
    rows = [
        (each.workers, each.name, round(each.middle), round(min(each.rates)), round(max(each.rates)), baseline / each.middle)
        for each in measured
    ]
    headers = ("workers", "way", "payments/s", "least", "most", "times slower than bare SQL")
    return tabulate(rows, headers=headers, floatfmt=".2f")

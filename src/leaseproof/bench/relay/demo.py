"""One command that shows the worker at work: two workers, lease repair, a simulated rail, and a kill -9."""

from collections.abc import Callable, Mapping
from pathlib import Path

from leaseproof.bench.relay.campaign import DATABASE, WORKER_SETTINGS, scene
from leaseproof.bench.relay.processes import Started
from leaseproof.bench.relay.reckoning import reckon
from leaseproof.database.connection import connect


def run_demo(
    *, payments: int, model: Path, environment: Mapping[str, str], say: Callable[[str], None]
) -> tuple[str, ...]:
    """Play the demo and return what was wrong at the end: nothing.

    Args:
        payments: how many to enqueue.
        model: the folder of the model's files.
        environment: of this process.
        say: takes the lines.
    """
    say(
        "Starting a PostgreSQL server, a simulated rail, two workers and a repairer; everything is removed at the end."
    )
    rail = ("--seed=1", "--faults=lost=5,again=5,error=3", "--late-seconds=1.3", "--delay-seconds=0.05")
    with scene(model=model, environment=environment, rail_options=rail) as made:
        made.start_worker(0)
        made.start_worker(1)
        made.start_repairer()
        made.wait_until_started()
        say(
            f"Enqueueing {payments} payments. The rail loses 5 % of its answers, is busy for 5 %, answers 500 to 3 %."
        )
        made.enqueue(payments)
        made.wait(lambda: made.finished() >= payments // 3, "a third of the payments")
        victim = made.workers[0]
        made.wait_until_busy(victim)
        victim.kill()
        say(
            f"{made.finished()} payments are through. Killed {victim.name} (kill -9) with leases in its hand."
        )
        say(
            "Its leases run out, lease repair returns its payments to the queue, the other worker sends them:"
        )
        made.start_worker(0)
        made.finish()
        for process in made.processes.started:
            _show(process, say)
        with connect(made.server.conninfo(DATABASE)) as connection:
            found = reckon(
                connection,
                invariants=model / "invariants",
                rail_journal=made.processes.rail_journal,
                processes=made.processes.started,
                batch_size=int(WORKER_SETTINGS["CLAIM_BATCH_SIZE"]),
            )
        for name, figure in sorted(found.figures.items()):
            say(f"  {name}: {figure}")
    if not found.problems:
        say(
            "Each payment has one terminal attempt, the rail was asked for each, every standing invariant is clean."
        )
    return tuple(found.problems)


def _show(process: Started, say: Callable[[str], None]) -> None:
    say(f"The log of {process.name}{' (killed)' if process.killed else ''}:")
    for text in process.log.read_text().splitlines():
        say(f"  {text}")

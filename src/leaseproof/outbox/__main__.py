"""The worker's own command line, which needs neither Invoke nor pytest: python -m leaseproof.outbox."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Mapping, Sequence

from leaseproof.errors import LeaseproofError
from leaseproof.outbox.hooks import load_hooks
from leaseproof.outbox.rails.loading import load_rail
from leaseproof.outbox.service import read_status, repair_passes, run_repair, run_worker
from leaseproof.outbox.settings import settings_from


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run one command; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m leaseproof.outbox", description="The outbox worker.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="relay payments and repair leases until SIGTERM")
    repair = commands.add_parser("repair", help="run lease repair alone")
    repair.add_argument("--passes", type=int, default=1, help="how many passes; 0: until SIGTERM")
    commands.add_parser("status", help="print the status view")
    chosen = parser.parse_args(arguments)
    log_to_stderr()
    try:
        settings = settings_from(environment)
        hooks = load_hooks(settings.signal_hook, environment)
        if chosen.command == "run":
            rail = load_rail(settings.rail, environment, concurrency=settings.concurrency)
            asyncio.run(run_worker(settings, rail, hooks=hooks))
        elif chosen.command == "repair":
            if chosen.passes:
                done = asyncio.run(repair_passes(settings, chosen.passes, hooks=hooks))
                print(f"requeued {done.requeued}, failed at the ceiling {done.failed}")
            else:
                asyncio.run(run_repair(settings, hooks=hooks))
        else:
            for name, value in asyncio.run(read_status(settings)).items():
                print(f"{name}: {value}")
    except LeaseproofError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def log_to_stderr() -> None:
    """Send the worker's lines to standard error, with a time; the pool's own remarks say nothing that ours do not."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", force=True
    )
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))

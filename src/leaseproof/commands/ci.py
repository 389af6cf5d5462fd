"""The ordered gate, all tests in one call, and the regression queries."""

import os
import sys
from pathlib import Path

from invoke import Context, Exit

from leaseproof.commands.context import command, cores, settings_from_environment, worker_count
from leaseproof.commands.db import DB_URL_HELP, KEPT_DATABASE
from leaseproof.database import private
from leaseproof.database.server import describe, reach
from leaseproof.errors import LeaseproofError
from leaseproof.gate import regression as queries
from leaseproof.gate.gate import Gate, say
from leaseproof.gate.request import Request
from leaseproof.proof.shards import parse_shard


@command(
    help={
        "no_db": "go without a database: guardrails and unit tests only",
        "shard": "I/N: the I-th of N parts of the proofs; join the parts with evidence.merge",
        "db_url": "PostgreSQL to use instead of OUTBOX_EVIDENCE_DB_URL or a private one",
        "workers": "parallel processes; default one a core",
        "no_strength": "leave out the proofs' strength, which takes longest; the bundle then says so first",
    }
)
def ci(
    _context: Context,
    no_db: bool = False,
    shard: str = "",
    db_url: str = "",
    workers: int = 0,
    no_strength: bool = False,
) -> None:
    """Run the ordered gate and leave reports/outbox-evidence."""
    settings = settings_from_environment(db_url or None)
    if no_db and db_url:
        raise LeaseproofError("got --no-db and --db-url; expected one of them; leave the other out")
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    request = Request(
        root=settings.root,
        url=None if no_db else settings.database_url,
        no_db=no_db,
        strength=not no_strength,
        shard=parse_shard(shard) if shard else (1, 1),
        environment=dict(os.environ),
        workers=worker_count(workers),
        in_actions=settings.in_actions,
        summary_file=Path(summary) if summary else None,
    )
    if code := Gate(request, say=say).run():
        raise Exit(code=code)


@command
def test(_context: Context) -> None:
    """Run all of the project's own tests and proofs in one pytest call."""
    root = settings_from_environment().root
    parallel = [f"--numprocesses={cores()}", "--dist=worksteal"] if cores() > 1 else []
    sys.stdout.flush()
    # Becomes pytest: its closing line is the last one, its exit code is ours, and signals are its own.
    os.chdir(root)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *parallel])


@command(help={"db_url": DB_URL_HELP})
def regression(_context: Context, db_url: str = "") -> None:
    """Run the standing invariants against a deployed database, read-only; a row that should not be is red."""
    settings = settings_from_environment(db_url or None)
    url = settings.database_url
    if url is None:
        server = private.running(root=settings.root)
        if server is None:
            raise LeaseproofError(
                "got no database; expected --db-url, OUTBOX_EVIDENCE_DB_URL or a local server that is up;"
                " name one, or call invoke db.up"
            )
        url = server.for_database(KEPT_DATABASE)
    invariants = queries.standing_invariants(settings.root)
    with reach(url) as connection:
        found = queries.examine(connection, invariants)
        where = describe(connection.info.dsn)
    print(queries.report(found, invariants))
    if not found.holds:
        raise Exit(f"Rows that should not be at {where}.", code=1)
    print(f"\nNothing found at {where}: every standing invariant holds.")

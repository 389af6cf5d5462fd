"""A proof's database that outlives its run, for a person to look inside."""

from leaseproof.database import scratch
from leaseproof.database.connection import connect, sql
from leaseproof.database.run import Run
from leaseproof.proof.pool import Arena

PREFIX = "leaseproof_kept_"  # no run's prefix, so that no run drops it


def keep(run: Run, arena: Arena, stem: str) -> str:
    """Take a database out of its run, in place of one that was kept under the same name, and return its name.

    Args:
        run: that made it.
        arena: whose sessions are closed; it is of no use afterwards.
        stem: of the proof's file.
    """
    name = f"{PREFIX}{stem}"[: scratch.LONGEST_NAME]
    arena.close()
    with connect(run.server.conninfo) as admin:
        scratch.drop(admin, run.server, name)
        admin.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                sql.Identifier(arena.database), sql.Identifier(name)
            )
        )
        admin.execute(sql.SQL("ALTER DATABASE {} RESET ALL").format(sql.Identifier(name)))
    return name


def look_inside(database: str) -> str:
    """Return the command that opens psql on a database of the local server, or of OUTBOX_EVIDENCE_DB_URL."""
    return f"./scripts/invoke db.psql --database {database}"

"""Scratch databases: named for their run, cloned from a sealed template, dropped by it or by the next run."""

import re
from collections.abc import Iterable

from leaseproof.database import roles
from leaseproof.database.connection import Connection, connect, sql
from leaseproof.database.server import Server
from leaseproof.errors import DatabaseError, LeaseproofError

PREFIX = "leaseproof_"
OF_A_RUN = re.compile(r"leaseproof_([0-9a-f]{8})_")
LONGEST_NAME = 63  # bytes, PostgreSQL's limit
IN_USE = "55006"
DROPS_BETWEEN_VACUUMS = 100
LOCK_CLASS = 0x6C656173  # the first key of every advisory lock of runs
EVERY_RUN = 0  # the second key of the one that all runs on a server share


def database_name(run_id: str, label: str) -> str:
    """Return the name of a run's database.

    Raises:
        LeaseproofError: nothing of the label can be part of a name.
    """
    clean = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")
    if not clean:
        raise LeaseproofError(
            f"got the label {label!r}; expected letters or digits; name the database for its test"
        )
    return f"{PREFIX}{run_id}_{clean}"[:LONGEST_NAME]


def keeper_name(run_id: str) -> str:
    """Return the application name of the connection that shows that a run lives."""
    return f"leaseproof/{run_id}/keeper"


def create_empty(admin: Connection, name: str) -> None:
    """Make an empty database that does not depend on the server's setup: UTF-8, the C collation."""
    admin.execute(
        sql.SQL(
            "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C'"
        ).format(sql.Identifier(name))
    )


def seal(admin: Connection, name: str) -> None:
    """Let nobody connect any more: a template with a connection cannot be cloned."""
    admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))


def clone(admin: Connection, name: str, *, template: str) -> None:
    """Make a database as a copy of another, which must have no connection.

    Raises:
        DatabaseError: ``55006`` when the template has a connection after the server's own five seconds of
            patience.
    """
    try:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
    except DatabaseError as error:
        if error.sqlstate != IN_USE:
            raise
        raise DatabaseError(
            f"got a connection on the template {template}; expected none while it is cloned; close it first",
            sqlstate=IN_USE,
        ) from None


def drop(admin: Connection, server: Server, name: str) -> None:
    """Drop a database with its connections, prepared transactions and replication slots."""
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    try:
        admin.execute(statement)
    except DatabaseError as error:
        if error.sqlstate != IN_USE:
            raise
        _release(admin, server, name)
        admin.execute(statement)


def vacuum_shared_catalogs(admin: Connection) -> None:
    """Clear away what dropped databases left in the catalogs that all share: a private server has no autovacuum.

    After 15,000 databases ``pg_shdepend`` had 84 MB, and the standing invariants took 100 ms instead of 6.
    """
    for catalog in ("pg_shdepend", "pg_database", "pg_db_role_setting"):
        admin.execute(sql.SQL("VACUUM {}").format(sql.Identifier("pg_catalog", catalog)))


def try_drop(admin: Connection, server: Server, name: str) -> bool:
    """Drop a database unless something of somebody's holds on to it; the next run's sweep tries again."""
    try:
        drop(admin, server, name)
    except DatabaseError as error:
        if error.sqlstate != IN_USE:
            raise
        return False
    return True


def of_run(admin: Connection, run_id: str) -> tuple[str, ...]:
    """Return the databases of one run, its sealed templates included."""
    return tuple(
        name for name in _named(admin, "datname", "pg_database") if name.startswith(f"{PREFIX}{run_id}_")
    )


def living_runs(admin: Connection) -> frozenset[str]:
    """Return the ids of the runs whose keeper is connected."""
    rows = admin.execute(
        "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'leaseproof/%/keeper'"
    )
    return frozenset(name.split("/")[1] for (name,) in rows.fetchall())


def sweep(admin: Connection, server: Server) -> tuple[str, ...]:
    """Drop what killed runs left on a server, and return the names.

    The names are read before the keepers: a run makes its keeper before anything else, so a name seen here
    belongs to a
    keeper that is seen, or to nobody.
    """
    databases = _named(admin, "datname", "pg_database")
    logins = _named(admin, "rolname", "pg_roles")
    living = living_runs(admin)
    dead_databases = _of_others(databases, living)
    dead_logins = _of_others(logins, living)
    dropped = [name for name in dead_databases if try_drop(admin, server, name)]
    return (*dropped, *(name for name in dead_logins if roles.drop_role(admin, name)))


def _named(admin: Connection, column: str, catalog: str) -> tuple[str, ...]:
    rows = admin.execute(
        sql.SQL("SELECT {0} FROM pg_catalog.{1} WHERE starts_with({0}::text, {2}) ORDER BY {0}").format(
            sql.Identifier(column), sql.Identifier(catalog), PREFIX
        )
    )
    return tuple(name for (name,) in rows.fetchall() if OF_A_RUN.match(name))


def _of_others(names: Iterable[str], living: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for name in names if (run := OF_A_RUN.match(name)) and run[1] not in living)


def _release(admin: Connection, server: Server, name: str) -> None:
    prepared = admin.execute(
        "SELECT gid FROM pg_prepared_xacts WHERE database = %s ORDER BY gid", [name]
    ).fetchall()
    if prepared:
        with connect(server.for_database(name)) as inside:
            for (gid,) in prepared:
                inside.execute(sql.SQL("ROLLBACK PREPARED {}").format(gid))
    admin.execute(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = %s", [name]
    )

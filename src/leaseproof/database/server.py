"""A PostgreSQL server that runs use: what it is, and how to hold on to one that somebody else keeps."""

from dataclasses import dataclass, field

from leaseproof.database.connection import (
    CONNECT_TIMEOUT_SECONDS,
    Connection,
    connect,
    forget_libpq_environment,
    parse,
    with_parameters,
)
from leaseproof.errors import DatabaseError, LeaseproofError

OLDEST_VERSION = 150000
CORRECT_IT = "correct OUTBOX_EVIDENCE_DB_URL or --db-url"


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server and the connection to it as its administrator."""

    conninfo: str = field(
        repr=False
    )  # libpq connection string of the maintenance database as the admin (superuser) role
    version: int  # server_version_num
    private: bool  # ours (trust on a unix socket) or somebody's

    def for_database(self, database: str) -> str:
        """Return the administrator's connection string for one database of the server."""
        return with_parameters(self.conninfo, dbname=database)

    def display(self) -> str:
        """Return what may be printed: version, address, user and database, never a password."""
        owner = "private " if self.private else ""
        return (
            f"{owner}PostgreSQL {self.version // 10000}.{self.version % 10000} at {describe(self.conninfo)}"
        )


def describe(conninfo: str) -> str:
    """Return host, port, user and database of a connection string, for a message."""
    parameters = parse(conninfo)
    host = (
        parameters.get("host")
        or parameters.get("hostaddr")
        or parameters.get("service")
        or "the default host"
    )
    port = parameters.get("port")
    where = f"{host}, port {port}" if port else host
    user, database = (parameters.get(name, "(default)") for name in ("user", "dbname"))
    return f"{where}, user {user}, database {database}"


def reach(url: str) -> Connection:
    """Connect to somebody's database, with an error that says what to do.

    Args:
        url: libpq's connection URL or string; without a database it is ``postgres``.

    Raises:
        LeaseproofError: the URL cannot be read, or nothing answers, or the server refuses.
    """
    conninfo = _completed(url)
    try:
        return connect(conninfo)
    except DatabaseError as error:
        raise LeaseproofError(
            f"got no connection to the server at {describe(conninfo)} ({error}); expected one that "
            "answers within "
            f"{CONNECT_TIMEOUT_SECONDS} seconds; start it, or {CORRECT_IT}"
        ) from None


def attach(url: str) -> Server:
    """Return somebody's server after checking that runs can use it.

    Args:
        url: libpq's connection URL or string, of a superuser.

    Raises:
        LeaseproofError: the URL cannot be read, nothing answers, the server is too old or a standby, or the
            role is not a
            superuser.
    """
    forget_libpq_environment(private=False)
    conninfo = _completed(url)
    with reach(url) as connection:
        row = connection.execute(
            "SELECT current_setting('server_version_num')::integer, current_setting('server_version'), "
            "pg_is_in_recovery(),"
            " current_user, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)"
        ).fetchone()
    assert row is not None
    version, version_text, standby, user, superuser = row
    refusal = refusal_of(
        version=version, version_text=version_text, standby=standby, user=user, superuser=superuser
    )
    if refusal:
        raise LeaseproofError(f"{refusal} ({describe(conninfo)})")
    return Server(conninfo=conninfo, version=version, private=False)


def refusal_of(*, version: int, version_text: str, standby: bool, user: str, superuser: bool) -> str:
    """Return why runs cannot use a server, or nothing.

    Args:
        version: server_version_num.
        version_text: server_version.
        standby: the server is in recovery.
        user: who connected.
        superuser: whether that is one.
    """
    if version < OLDEST_VERSION:
        return f"got PostgreSQL {version_text}; expected 15 or newer; upgrade the server, or {CORRECT_IT}"
    if standby:
        return f"got a standby; expected a primary, because scratch databases are made there; {CORRECT_IT}"
    if not superuser:
        return (
            f"got the role {user}, which is no superuser; expected one, because proofs make roles and "
            "databases and attack the "
            f"model as its owner; name a superuser: {CORRECT_IT}"
        )
    return ""


def _completed(url: str) -> str:
    parameters = parse(url)
    return with_parameters(
        url,
        connect_timeout=parameters.get("connect_timeout", str(CONNECT_TIMEOUT_SECONDS)),
        dbname=parameters.get("dbname") or (None if "service" in parameters else "postgres"),
    )

"""Who connects as what: the model's roles on a private server, a login of its own for each role on
somebody's.

Roles belong to the whole server. A run marks the model roles that it made by a comment on the role, so that
the last run
removes them again and a role that was there before is never touched.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from leaseproof.database.connection import Connection, sql
from leaseproof.errors import DatabaseError, LeaseproofError

RoleName = Literal[
    "owner",
    "superuser",
    "outbox_ingest",
    "outbox_executor",
    "outbox_readonly",
    "outbox_auditor",
    "outbox_control",
    "stranger",
]
ROLE_NAMES: tuple[str, ...] = get_args(RoleName)
ADMIN_ROLES = ("owner", "superuser")  # both are the role that applied sql/
CONTROL = "outbox_control"  # owns the objects; nobody logs in as it
LOGIN_ROLES = ("outbox_ingest", "outbox_executor", "outbox_readonly", "outbox_auditor")
MODEL_ROLES = (*LOGIN_ROLES, CONTROL)
STRANGER = "stranger"  # may log in, was granted nothing
PRIVATE_STRANGER = "leaseproof_stranger"
MADE_BY_RUNS = "Made by leaseproof for its runs; the last of them drops it."
STILL_USED = "2BP01"
LOGIN_DAYS = 2  # a login that a killed run left cannot be used for longer, even when no run follows


@dataclass(frozen=True, kw_only=True)
class Login:
    """How to become a role: where to connect, and what to say after connecting."""

    conninfo: str = field(repr=False)
    on_connect: tuple[str, ...] = ()  # statements, each run once on the new connection


def check_role(role: str) -> None:
    """Refuse a name that is no role of a proof.

    Raises:
        LeaseproofError: the name is unknown.
    """
    if role not in ROLE_NAMES:
        raise LeaseproofError(
            f"got the role {role}; expected one of {', '.join(ROLE_NAMES)}; correct the name"
        )


def login_name(run_id: str, role: str) -> str:
    """Return the name of a run's own login for one role."""
    return f"leaseproof_{run_id}_{role}"


def make_private_stranger(admin: Connection) -> None:
    """Make the role that was granted nothing, on a private server."""
    if admin.execute("SELECT to_regrole(%s)", [PRIVATE_STRANGER]).fetchone() == (None,):
        try:
            admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(PRIVATE_STRANGER)))
        except DatabaseError as error:
            if error.sqlstate not in ("42710", "23505"):  # another run made it at the same moment
                raise


def missing_roles(connection: Connection) -> tuple[str, ...]:
    """Return the model's roles that the server does not have."""
    rows = connection.execute(
        "SELECT name FROM unnest(%s::text[]) AS name WHERE to_regrole(name) IS NULL ORDER BY name",
        [list(MODEL_ROLES)],
    )
    return tuple(name for (name,) in rows.fetchall())


def mark(connection: Connection, roles: Iterable[str]) -> None:
    """Note on roles that a run made them."""
    for role in roles:
        connection.execute(sql.SQL("COMMENT ON ROLE {} IS {}").format(sql.Identifier(role), MADE_BY_RUNS))


def marked(connection: Connection) -> tuple[str, ...]:
    """Return the model's roles that a run made."""
    rows = connection.execute(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY (%s) AND shobj_description(oid, 'pg_authid') = "
        "%s ORDER BY rolname",
        [list(MODEL_ROLES), MADE_BY_RUNS],
    )
    return tuple(name for (name,) in rows.fetchall())


def unmark(connection: Connection) -> None:
    """Make the model's roles permanent: somebody put the model on a database that stays."""
    for role in marked(connection):
        connection.execute(sql.SQL("COMMENT ON ROLE {} IS NULL").format(sql.Identifier(role)))


def make_logins(admin: Connection, *, run_id: str, password: str) -> None:
    """Make a run's logins on somebody's server, each a member of its role with the role's own settings.

    The password reaches the server only as a SCRAM verifier, so no statement log can show it.
    """
    last_day = datetime.now(UTC) + timedelta(days=LOGIN_DAYS)
    for role in (*LOGIN_ROLES, STRANGER):
        name = login_name(run_id, role)
        verifier = admin.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
        with admin.transaction():
            admin.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} VALID UNTIL {}").format(
                    sql.Identifier(name), verifier, last_day.isoformat()
                )
            )
            if role != STRANGER:
                admin.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), sql.Identifier(name)))
                admin.execute(sql.SQL("ALTER ROLE {} SET role = {}").format(sql.Identifier(name), role))
                _copy_settings(admin, of_role=role, to_login=name)


def drop_role(admin: Connection, name: str) -> bool:
    """Drop a role; false when something still depends on it, which is then left alone."""
    try:
        admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))
    except DatabaseError as error:
        if error.sqlstate != STILL_USED:
            raise
        return False
    return True


def _copy_settings(admin: Connection, *, of_role: str, to_login: str) -> None:
    rows = admin.execute(
        "SELECT split_part(setting, '=', 1), substr(setting, strpos(setting, '=') + 1)"
        " FROM pg_db_role_setting, unnest(setconfig) AS setting"
        " WHERE setdatabase = 0 AND setrole = to_regrole(%s)::oid ORDER BY 1",
        [of_role],
    ).fetchall()
    for name, value in rows:
        # Through the session, because only it knows which settings are lists and how each is quoted.
        admin.execute("SELECT set_config(%s, %s, true)", [name, value])
        admin.execute(
            sql.SQL("ALTER ROLE {} SET {} FROM CURRENT").format(
                sql.Identifier(to_login), sql.Identifier(*name.split("."))
            )
        )

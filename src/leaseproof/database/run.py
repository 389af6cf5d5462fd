"""One invocation's hold on a server: its template, its scratch databases, its logins, and their end."""

import json
import os
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from leaseproof.database import private, roles, scratch
from leaseproof.database.apply import apply, model_digest
from leaseproof.database.connection import Connection, connect, forget_libpq_environment, with_parameters
from leaseproof.database.roles import Login
from leaseproof.database.server import Server, attach
from leaseproof.errors import DatabaseError, LeaseproofError

OPEN_CLAIMS = """
DO $$
BEGIN
    IF pg_catalog.to_regprocedure('public.open_outbox_claims()') IS NOT NULL THEN
        PERFORM public.open_outbox_claims();
    END IF;
END
$$
"""


class Run:
    """A hold on a server. Make one with :func:`open_run` or :meth:`join`.

    Args:
        server: where.
        run_id: eight hex digits, part of every name that the run makes.
        root: the project; ``sql/`` in it is the model.
        password: of the run's logins on somebody's server.
    """

    def __init__(self, *, server: Server, run_id: str, root: Path, password: str) -> None:
        self.server = server
        self.run_id = run_id
        self.root = root
        self._password = password
        self._lock = threading.RLock()
        self._admin_connection: Connection | None = None
        self._templates: dict[str, str] = {}
        self._dropped = 0

    def template(self, directory: Path | None = None) -> str:
        """Return the sealed database that has the model; it is made once a run, whoever asks first.

        Args:
            directory: the model's files; default ``sql/`` of the project.
        """
        source = directory or self.root / "sql"
        digest = model_digest(source)[:12]
        with self._lock:
            if digest not in self._templates:
                self._templates[digest] = self._make_template(source, f"template_{digest}")
            return self._templates[digest]

    def create_database(self, label: str, *, template: str | None = None) -> str:
        """Make a scratch database, with the model's claims open, and return its name.

        Args:
            label: what it is for; unique in the run.
            template: the database to copy, which must have no connection; default the model's.
        """
        source = template or self.template()
        name = scratch.database_name(self.run_id, label)
        with self._lock, self._alone(self._own_key()) as admin:
            scratch.clone(admin, name, template=source)
        with connect(self.server.for_database(name)) as owner:
            owner.execute(OPEN_CLAIMS)
        return name

    def drop_database(self, name: str) -> None:
        """Drop one of the run's databases, whoever is connected to it.

        Raises:
            LeaseproofError: the name is not of this run.
        """
        if not name.startswith(f"{scratch.PREFIX}{self.run_id}_"):
            raise LeaseproofError(
                f"got the database {name}; expected one of run {self.run_id}; a run drops nothing but its own"
            )
        with self._lock:
            scratch.drop(self._admin(), self.server, name)
            self._dropped += 1
            if self.server.private and self._dropped % scratch.DROPS_BETWEEN_VACUUMS == 0:
                scratch.vacuum_shared_catalogs(self._admin())

    def databases(self) -> tuple[str, ...]:
        """Return the run's databases that stand now, templates left out, sorted."""
        with self._lock:
            names = scratch.of_run(self._admin(), self.run_id)
        return tuple(
            name for name in names if not name.startswith(f"{scratch.PREFIX}{self.run_id}_template_")
        )

    def conninfo(self, database: str, role: str = "owner") -> str:
        """Return the connection string of a role; :meth:`login` has what to say after connecting."""
        return self.login(role, database).conninfo

    def login(self, role: str, database: str | None = None) -> Login:
        """Return how to become a role.

        Args:
            role: one of :data:`leaseproof.database.roles.ROLE_NAMES`.
            database: where; default the server's maintenance database.
        """
        roles.check_role(role)
        conninfo = self.server.for_database(database) if database else self.server.conninfo
        if role in roles.ADMIN_ROLES:
            return Login(conninfo=conninfo)
        if role == roles.CONTROL:
            return Login(conninfo=conninfo, on_connect=(f"SET SESSION AUTHORIZATION {roles.CONTROL}",))
        if self.server.private:
            user = roles.PRIVATE_STRANGER if role == roles.STRANGER else role
            return Login(conninfo=with_parameters(conninfo, user=user))
        user = roles.login_name(self.run_id, role)
        return Login(conninfo=with_parameters(conninfo, user=user, password=self._password, passfile=None))

    def connect(self, role: str, database: str, *, application_name: str = "leaseproof") -> Connection:
        """Connect as a role, in autocommit mode."""
        login = self.login(role, database)
        connection = connect(login.conninfo, application_name=application_name)
        for statement in login.on_connect:
            connection.execute(statement)
        return connection

    def state(self) -> dict[str, object]:
        """Return what another process needs to join, as JSON values.

        It holds passwords: give it to a pipe or a 0600 file only.
        """
        return {
            "run_id": self.run_id,
            "root": str(self.root),
            "conninfo": self.server.conninfo,
            "version": self.server.version,
            "private": self.server.private,
            "password": self._password,
        }

    @classmethod
    def join(cls, state: Mapping[str, Any]) -> "Run":
        """Return another process's run; it ends with its owner, and closing this one leaves its databases."""
        forget_libpq_environment(private=state["private"])
        server = Server(conninfo=state["conninfo"], version=state["version"], private=state["private"])
        return cls(
            server=server, run_id=state["run_id"], root=Path(state["root"]), password=state["password"]
        )

    def close(self) -> None:
        """Close this process's own connection; databases stay until the owner of the run ends."""
        with self._lock:
            if self._admin_connection is not None:
                self._admin_connection.close()
                self._admin_connection = None

    def _admin(self) -> Connection:
        if self._admin_connection is None or self._admin_connection.closed:
            self._admin_connection = connect(
                self.server.conninfo, application_name=f"leaseproof/{self.run_id}/admin"
            )
        return self._admin_connection

    def _own_key(self) -> int:
        return int(self.run_id, 16) - 2**31 or 1

    @contextmanager
    def _alone(self, key: int) -> Iterator[Connection]:
        """Hold an advisory lock against the run's other processes or, with EVERY_RUN, against every run."""
        admin = self._admin()
        admin.execute("SELECT pg_advisory_lock(%s, %s)", [scratch.LOCK_CLASS, key])
        try:
            yield admin
        finally:
            if not admin.closed:
                admin.execute("SELECT pg_advisory_unlock(%s, %s)", [scratch.LOCK_CLASS, key])

    def _make_template(self, source: Path, label: str) -> str:
        name = scratch.database_name(self.run_id, label)
        with self._alone(scratch.EVERY_RUN) as admin:
            found = admin.execute(
                "SELECT datallowconn FROM pg_database WHERE datname = %s", [name]
            ).fetchone()
            if found == (False,):
                return name
            if found:
                scratch.drop(admin, self.server, name)  # its maker died before it was sealed
            scratch.create_empty(admin, name)
            with connect(self.server.for_database(name)) as owner:
                apply(owner, source, for_run=True)
            scratch.seal(admin, name)
        return name

    def _begin(self) -> None:
        with self._lock, self._alone(scratch.EVERY_RUN) as admin:
            scratch.sweep(admin, self.server)
            if self.server.private:
                roles.make_private_stranger(admin)
        if not self.server.private:
            self.template()
            roles.make_logins(self._admin(), run_id=self.run_id, password=self._password)
            self._check_logins()

    def _check_logins(self) -> None:
        login = self.login(roles.STRANGER)
        try:
            connect(login.conninfo).close()
        except DatabaseError as error:
            raise LeaseproofError(
                f"got a refusal for a login that this run had made ({error}); expected that roles named "
                "leaseproof_* may log in "
                "with a password; allow them in the server's pg_hba.conf (scram-sha-256)"
            ) from None

    def _end(self) -> None:
        with self._lock, self._alone(scratch.EVERY_RUN) as admin:
            for name in scratch.of_run(admin, self.run_id):
                scratch.try_drop(admin, self.server, name)
            if self.server.private:
                return
            for role in (*roles.LOGIN_ROLES, roles.STRANGER):
                roles.drop_role(admin, roles.login_name(self.run_id, role))
            if scratch.living_runs(admin) <= {self.run_id}:
                for role in roles.marked(admin):
                    roles.drop_role(admin, role)


@contextmanager
def open_run(
    *,
    url: str | None,
    root: Path,
    binaries: Path | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Run]:
    """Take hold of a server for one invocation, and leave nothing behind.

    Args:
        url: somebody's server; nothing for the project's kept one when it runs, else a private one of this
            invocation.
        root: the project.
        binaries: programs of the private server; default the wheel's PostgreSQL 18.
        settings: settings of the private server beside the usual ones.

    Raises:
        LeaseproofError: the server cannot be used; one sentence and a next step.
    """
    if url:
        with _hold(attach(url), root=root) as run:
            yield run
        return
    kept = None if binaries or settings else private.running(root=root)
    if kept:
        with _hold(kept, root=root) as run:
            yield run
        return
    with private.private_server(root=root, binaries=binaries, settings=settings) as server:
        with _hold(server, root=root, dies_with_server=True) as run:
            yield run


def write_state(run: Run, path: Path) -> None:
    """Write a run's state to a file that only this user can read, for LEASEPROOF_RUN_FILE."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(run.state(), file)


def read_state(path: Path) -> dict[str, Any]:
    """Return the state that :func:`write_state` wrote.

    Raises:
        LeaseproofError: the file is missing or is none of ours.
    """
    try:
        state: dict[str, Any] = json.loads(path.read_text())
        if not isinstance(state, dict) or "run_id" not in state:
            raise ValueError
    except (OSError, ValueError):
        raise LeaseproofError(
            f"got no run in {path}; expected the file of a run that goes on; unset LEASEPROOF_RUN_FILE to "
            "open a new one"
        ) from None
    return state


@contextmanager
def _hold(server: Server, *, root: Path, dies_with_server: bool = False) -> Iterator[Run]:
    run_id = secrets.token_hex(4)
    run = Run(server=server, run_id=run_id, root=root, password=secrets.token_hex(24))
    with connect(server.conninfo, application_name=scratch.keeper_name(run_id)) as keeper:
        keeper.execute("SET idle_session_timeout = 0")
        try:
            run._begin()
            yield run
        finally:
            if not dies_with_server:
                with suppress(
                    DatabaseError
                ):  # a server that is gone is swept by the next run that reaches it
                    run._end()
            run.close()

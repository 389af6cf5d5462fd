"""What tests of servers share: owners as real processes, somebody's server, waiting for an end."""

import json
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from leaseproof.database import binaries, private
from leaseproof.database.connection import connect
from leaseproof.database.server import Server

PASSWORD = "se cret@:/x"
PATIENCE_SECONDS = 30.0

OWNER = """
import json, os, signal, sys
from pathlib import Path
from leaseproof.database.run import open_run

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs in the background deaf to it
url, root = json.loads(sys.argv[1])
with open_run(url=url, root=Path(root)) as run:
    name = run.create_database("left_over")
    with run.connect("owner", name) as connection:
        directory = connection.execute("SHOW data_directory").fetchone()[0]
    print(json.dumps({"run_id": run.run_id, "database": name, "data": directory}), flush=True)
    sys.stdin.read()
"""


@dataclass(frozen=True, kw_only=True)
class Owner:
    """A process that holds a run, and what it says about it."""

    process: subprocess.Popen[str]
    said: dict[str, Any]

    @property
    def postmaster(self) -> int:
        """Its server's process."""
        return int(Path(self.said["data"], "postmaster.pid").read_text().split()[0])

    @property
    def directory(self) -> Path:
        """Its private server's folder."""
        return Path(self.said["data"]).parent


@pytest.fixture(scope="session")
def cached_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project whose folder keeps initdb's result for the whole session."""
    return tmp_path_factory.mktemp("cached")


@pytest.fixture
def model(tmp_path: Path, cached_root: Path) -> Path:
    """Return the root of a project with a small model of two files."""
    sql = tmp_path / "project" / "sql"
    sql.mkdir(parents=True)
    (cached_root / ".leaseproof").mkdir(exist_ok=True)
    (sql.parent / ".leaseproof").symlink_to(cached_root / ".leaseproof")
    (sql / "10_roles.sql").write_text(
        "DO $$ DECLARE r text; BEGIN FOREACH r IN ARRAY "
        "ARRAY['outbox_ingest','outbox_executor','outbox_readonly',"
        "'outbox_auditor','outbox_control'] LOOP IF to_regrole(r) IS NULL THEN EXECUTE format('CREATE "
        "ROLE %I %s', r,"
        " CASE r WHEN 'outbox_control' THEN 'NOLOGIN' ELSE 'LOGIN' END); IF r = 'outbox_executor' THEN"
        " ALTER ROLE outbox_executor SET idle_in_transaction_session_timeout = '60s';"
        " ALTER ROLE outbox_executor SET search_path = public, pg_temp; END IF; END IF; END LOOP; END $$;\n"
    )
    (sql / "20_tables.sql").write_text(
        "CREATE TABLE IF NOT EXISTS opened (at timestamptz); GRANT SELECT ON opened TO outbox_executor;\n"
        "CREATE OR REPLACE FUNCTION open_outbox_claims() RETURNS void LANGUAGE sql AS 'INSERT INTO opened "
        "VALUES (now())';\n"
    )
    return sql.parent


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], bool]:
    """Return a function that looks at a condition until it holds or patience ends."""

    def wait(condition: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                return False
            select.select([], [], [], 0.01)
        return True

    return wait


@pytest.fixture
def start_owner(model: Path) -> Iterator[Callable[..., Owner]]:
    """Return a function that starts a process with a run; all are ended after the test."""
    with ExitStack() as owners:

        def start(url: str | None = None) -> Owner:
            process = subprocess.Popen(
                [sys.executable, "-c", OWNER, json.dumps([url, str(model)])],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            owners.callback(process.wait, PATIENCE_SECONDS)
            owners.callback(process.kill)
            assert process.stdout is not None
            return Owner(process=process, said=json.loads(process.stdout.readline()))

        yield start


@dataclass(frozen=True, kw_only=True)
class Somebodys:
    """A server that belongs to somebody else, with a database and a role of theirs."""

    url: str  # TCP, scram password
    socket_url: str  # unix socket
    admin: Server
    log: Path

    def url_as(self, user: str, password: str, database: str = "postgres") -> str:
        """Return the TCP URL of another user."""
        return f"postgresql://{user}:{password}@{self.url.rpartition('@')[2].rpartition('/')[0]}/{database}"

    def everything(self) -> list[tuple[Any, ...]]:
        """Return all databases, roles, memberships, role settings and role comments of the server."""
        with connect(self.admin.conninfo) as connection:
            rows: list[tuple[Any, ...]] = []
            for query in (
                "SELECT 'database', datname::text, oid::text FROM pg_database",
                "SELECT 'role', rolname::text, oid::text FROM pg_roles",
                "SELECT 'member', roleid::text, member::text FROM pg_auth_members",
                "SELECT 'setting', setrole::text, setconfig::text FROM pg_db_role_setting",
                "SELECT 'comment', objoid::text, description FROM pg_shdescription",
            ):
                rows += connection.execute(query).fetchall()  # type: ignore[call-overload]
            return sorted(rows)


@contextmanager
def somebodys(root: Path, major: int) -> Iterator[Somebodys]:
    """Run a server that is none of ours as far as the code under test can see."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "log_statement": "all",
        "log_min_messages": "log",
    }
    with private.private_server(root=root, binaries=binaries.find(major), settings=settings) as admin:
        with connect(admin.conninfo) as connection:
            connection.execute(f"ALTER ROLE postgres PASSWORD '{PASSWORD}'")  # type: ignore[call-overload]
            connection.execute("CREATE ROLE app LOGIN PASSWORD 'app'")
            connection.execute("CREATE DATABASE theirs")
            (data,) = connection.execute("SHOW data_directory").fetchone() or ("",)
            Path(data, "pg_hba.conf").write_text(
                "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
            )
            connection.execute("SELECT pg_reload_conf()")
        socket_directory = Path(data).parent / "socket"
        yield Somebodys(
            url=f"postgresql://postgres:se%20cret%40%3A%2Fx@127.0.0.1:{port}/postgres",
            socket_url=f"postgresql://postgres@/postgres?host={socket_directory}&port={port}",
            admin=admin,
            log=Path(data).parent / "server.log",
        )


@pytest.fixture(scope="module", params=[15, 16, 18])
def somebodys_server(request: pytest.FixtureRequest, cached_root: Path) -> Iterator[Somebodys]:
    """Yield somebody's server of each major version whose programs the machine has."""
    if binaries.find(request.param) is None:
        pytest.skip(f"no programs of PostgreSQL {request.param} on this machine")
    with somebodys(cached_root, request.param) as server:
        yield server

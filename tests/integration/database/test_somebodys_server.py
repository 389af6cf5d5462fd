"""Runs on a server that belongs to somebody else: nothing of theirs is touched, nothing of ours is left."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaseproof.database.apply import apply
from leaseproof.database.connection import connect
from leaseproof.database.roles import LOGIN_ROLES
from leaseproof.database.run import open_run
from leaseproof.database.server import attach
from leaseproof.errors import LeaseproofError

PASSWORD = "se cret@:/x"
SECRETS = ("se cret@:/x", "se%20cret%40%3A%2Fx", "hunter2")


@pytest.mark.parametrize("way", ["url", "socket_url"])
def test_run_leaves_the_server_as_it_was(somebodys_server: Any, model: Path, way: str) -> None:
    """Databases, roles, memberships, settings and comments are the same before and after."""
    before = somebodys_server.everything()
    with open_run(url=getattr(somebodys_server, way), root=model) as run:
        name = run.create_database("proof")
        with run.connect("outbox_executor", name) as connection:
            connection.execute("SELECT count(*) FROM public.opened")
        assert somebodys_server.everything() != before
    assert somebodys_server.everything() == before


def test_roles_connect_as_themselves(somebodys_server: Any, model: Path) -> None:
    """A run's login acts as its role with the role's settings, and cannot become anything more."""
    with open_run(url=somebodys_server.url, root=model) as run:
        name = run.create_database("roles")
        for role in LOGIN_ROLES:
            with run.connect(role, name) as connection:
                user = connection.execute("SELECT current_user::text").fetchone()[0]
                timeout = connection.execute("SHOW idle_in_transaction_session_timeout").fetchone()[0]
                path = connection.execute("SHOW search_path").fetchone()[0]
            settings = ("1min", "public, pg_temp") if role == "outbox_executor" else ("0", '"$user", public')
            assert (user, timeout, path) == (role, *settings)
        with run.connect("outbox_control", name) as connection:
            assert connection.execute("SELECT current_user::text").fetchone() == ("outbox_control",)
        with run.connect("stranger", name) as connection:
            assert connection.execute("SELECT has_table_privilege('public.opened', 'SELECT')").fetchone() == (
                False,
            )


def test_environment_changes_no_session(
    somebodys_server: Any, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is needed to reach the server still comes from the environment, settings of a session do not."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    monkeypatch.setenv("PGTZ", "Asia/Tokyo")
    url = somebodys_server.url.replace(":se%20cret%40%3A%2Fx@", "@")
    with open_run(url=url, root=model) as run:
        with run.connect("outbox_executor", run.create_database("environment")) as connection:
            assert connection.execute("SHOW TimeZone").fetchone() != ("Asia/Tokyo",)


def test_no_password_reaches_the_server_log(somebodys_server: Any, model: Path) -> None:
    """The server logs every statement here, and only verifiers are in them."""
    with open_run(url=somebodys_server.url, root=model) as run:
        secret = str(run.state()["password"])
        run.create_database("logged")
    log = somebodys_server.log.read_text()
    assert "SCRAM-SHA-256$" in log
    assert secret not in log


def test_roles_that_were_there_stay(somebodys_server: Any, model: Path) -> None:
    """A model that somebody deployed keeps its roles when the last run ends."""
    with connect(somebodys_server.admin.conninfo) as admin:
        admin.execute("CREATE DATABASE deployed")
    deployed = somebodys_server.admin.for_database("deployed")
    try:
        with connect(deployed) as connection:
            apply(connection, model / "sql")
        before = somebodys_server.everything()
        with open_run(url=somebodys_server.url, root=model) as run:
            run.create_database("beside")
        assert somebodys_server.everything() == before
    finally:
        with connect(somebodys_server.admin.conninfo) as admin:
            admin.execute("DROP DATABASE deployed WITH (FORCE)")
            for role in (*LOGIN_ROLES, "outbox_control"):
                admin.execute(f"DROP ROLE {role}")  # type: ignore[call-overload]


def test_model_deployed_during_a_run_keeps_its_roles(somebodys_server: Any, model: Path) -> None:
    """Roles that a run made become somebody's as soon as somebody puts the model on a database that stays."""
    with open_run(url=somebodys_server.url, root=model):
        with connect(somebodys_server.admin.for_database("theirs")) as connection:
            apply(connection, model / "sql")
    with connect(somebodys_server.admin.for_database("theirs")) as connection:
        found = connection.execute("SELECT count(*) FROM pg_roles WHERE rolname ~ '^outbox_'").fetchone()
        connection.execute("DROP TABLE opened; DROP FUNCTION open_outbox_claims()")
        for role in (*LOGIN_ROLES, "outbox_control"):
            connection.execute(f"DROP ROLE {role}")  # type: ignore[call-overload]
    assert found == (5,)


def test_next_run_removes_what_a_killed_run_left(
    somebodys_server: Any,
    model: Path,
    start_owner: Callable[..., Any],
    eventually: Callable[[Callable[[], bool]], bool],
) -> None:
    """kill -9 leaves a database, a template and logins; the next run ends with none of them."""
    before = somebodys_server.everything()
    owner = start_owner(somebodys_server.url)
    owner.process.send_signal(signal.SIGKILL)
    owner.process.wait()
    keeper = f"leaseproof/{owner.said['run_id']}/keeper"
    with connect(somebodys_server.admin.conninfo) as admin:
        query = "SELECT FROM pg_stat_activity WHERE application_name = %s"
        assert eventually(lambda: admin.execute(query, [keeper]).rowcount == 0)
        assert (
            admin.execute("SELECT FROM pg_database WHERE datname = %s", [owner.said["database"]]).rowcount
            == 1
        )
    with open_run(url=somebodys_server.url, root=model):
        pass
    assert somebodys_server.everything() == before


def test_runs_at_once_do_not_touch_each_other(
    somebodys_server: Any, model: Path, start_owner: Callable[..., Any]
) -> None:
    """A run that begins and ends beside another leaves that one's databases, logins and roles."""
    before = somebodys_server.everything()
    other = start_owner(somebodys_server.url)
    with open_run(url=somebodys_server.url, root=model) as run:
        run.create_database("mine")
    with connect(somebodys_server.admin.for_database(other.said["database"])) as connection:
        assert connection.execute("SELECT count(*) FROM opened").fetchone() == (1,)
        logins = connection.execute(
            "SELECT count(*) FROM pg_roles WHERE starts_with(rolname, %s)",
            [f"leaseproof_{other.said['run_id']}_"],
        )
        assert logins.fetchone() == (len(LOGIN_ROLES) + 1,)
    other.process.stdin.close()
    assert other.process.wait(30) == 0
    assert somebodys_server.everything() == before


def test_many_runs_begin_at_once(somebodys_server: Any, model: Path) -> None:
    """Roles and templates of runs that start together do not collide."""
    before = somebodys_server.everything()
    program = (
        "import json, sys\nfrom pathlib import Path\nfrom leaseproof.database.run import open_run\n"
        "url, root = json.loads(sys.argv[1])\n"
        "with open_run(url=url, root=Path(root)) as run:\n    run.create_database('together')\n"
    )
    argument = json.dumps([somebodys_server.url, str(model)])
    runs = [
        subprocess.Popen([sys.executable, "-c", program, argument], stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [one.communicate()[1] for one in runs] == [""] * 4
    assert somebodys_server.everything() == before


@pytest.mark.parametrize(
    ("user", "password", "database", "expected"),
    [
        ("postgres", "hunter2", "postgres", "password authentication failed"),
        ("app", "app", "postgres", "got the role app, which is no superuser"),
        ("postgres", "se%20cret%40%3A%2Fx", "no_such_database", "no_such_database"),
        ("postgres", "hunt%er2", "postgres", "got a database URL that cannot be read"),
    ],
)
def test_url_that_does_not_serve_is_one_sentence(
    somebodys_server: Any, user: str, password: str, database: str, expected: str
) -> None:
    """What was got, what is expected, where to correct it, and no password."""
    with pytest.raises(LeaseproofError, match=expected) as refused:
        attach(somebodys_server.url_as(user, password, database))
    message = str(refused.value)
    assert "\n" not in message
    assert "OUTBOX_EVIDENCE_DB_URL or --db-url" in message
    assert not [secret for secret in SECRETS if secret in message]


def test_port_where_nothing_listens_is_one_sentence() -> None:
    """A refused connection says so, without the password."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"postgresql://postgres:hunter2@127.0.0.1:{closed.getsockname()[1]}/postgres"
        with pytest.raises(LeaseproofError, match="Connection refused.*start it, or correct") as refused:
            attach(url)
    assert "hunter2" not in str(refused.value)


def test_server_that_never_answers_is_given_up() -> None:
    """A listener that says nothing ends in an error, not in waiting."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"postgresql://postgres:hunter2@127.0.0.1:{silent.getsockname()[1]}/postgres?connect_timeout=2"
        with pytest.raises(LeaseproofError, match="timeout") as refused:
            attach(url)
    assert "hunter2" not in str(refused.value)

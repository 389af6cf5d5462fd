"""The db tasks as a person calls them."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leaseproof.database import private

ROOT = Path(__file__).parents[3]
Invoke = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield a project with these tasks and the real model, so that nobody's kept server is touched."""
    root = tmp_path_factory.mktemp("project")
    (root / "sql").symlink_to(ROOT / "sql")
    (root / "tasks.py").write_text(
        "from invoke import Collection\nfrom leaseproof.commands import db\n"
        "namespace = Collection(db=Collection.from_module(db))\n"
    )
    yield root
    private.down(root=root)


@pytest.fixture
def invoke(project: Path) -> Invoke:
    """Return a function that calls a task and answers its exit code, output and errors."""

    def call(*arguments: str, stdin: str = "", **environment: str) -> tuple[int, str, str]:
        kept = {name: value for name, value in os.environ.items() if name != "OUTBOX_EVIDENCE_DB_URL"}
        done = subprocess.run(
            [sys.executable, "-m", "invoke", *arguments],
            cwd=project,
            env={**kept, **environment},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return done.returncode, done.stdout, done.stderr

    return call


@pytest.fixture
def up(invoke: Invoke) -> str:
    """Return the URL of the project's kept server."""
    code, out, err = invoke("db.up")
    assert (code, err) == (0, "")
    return out.strip()


def test_url_is_the_running_servers(invoke: Invoke, up: str) -> None:
    """Calling up again changes nothing, and url prints the same."""
    assert up.startswith("postgresql://postgres@/outbox?host=")
    assert invoke("db.up") == (0, f"{up}\n", "")
    assert invoke("db.url") == (0, f"{up}\n", "")


def test_psql_is_on_the_model(invoke: Invoke, up: str) -> None:
    """Standard input is a script, the database has the model, another database can be named."""
    code, out, _ = invoke(
        "db.psql", stdin="\\t on\nSELECT current_database(), to_regclass('payment_outbox_pending');\n"
    )
    assert (code, out.split()[-3:]) == (0, ["outbox", "|", "payment_outbox_pending"])
    code, out, _ = invoke("db.psql", "--database", "postgres", stdin="SELECT current_database();\n")
    assert (code, "postgres" in out) == (0, True)


def test_password_is_no_argument_of_psql(invoke: Invoke, up: str) -> None:
    """What another user of the machine can list has no password in it."""
    url = up.replace("postgres@", "postgres:hunter2@")
    code, out, _ = invoke(
        "db.psql", stdin="\\! tr '\\0' ' ' < /proc/$PPID/cmdline\n", OUTBOX_EVIDENCE_DB_URL=url
    )
    assert (code, "psql -d" in out, "hunter2" in out) == (0, True, False)


def test_apply_is_safe_to_repeat_and_drift_finds_nothing(invoke: Invoke, up: str) -> None:
    """The model on a database twice is the model."""
    code, out, _ = invoke("db.apply")
    assert code == 0
    assert "files applied to" in out
    code, out, _ = invoke("db.drift")
    assert code == 0
    assert out.startswith("No difference between sql/ and ")


def test_drift_is_red_and_apply_heals_what_it_can(invoke: Invoke, up: str) -> None:
    """A dropped index and a grant that crept in are named, one line each, and applying sql/ mends both."""
    invoke(
        "db.psql",
        stdin="DROP INDEX payment_outbox_pending_due;\n"
        "GRANT DELETE ON payment_outbox_pending TO outbox_executor;\n",
    )
    code, out, err = invoke("db.drift", "--db-url", up)
    assert (code, out.splitlines()) == (
        1,
        [
            "missing   index payment_outbox_pending_due",
            "unknown   grant DELETE on table public.payment_outbox_pending to outbox_executor",
        ],
    )
    assert err.startswith("2 differences between sql/ and ")
    invoke("db.apply", "--db-url", up)
    assert invoke("db.drift")[0] == 0


def test_database_without_the_model_has_all_of_it_missing(invoke: Invoke, up: str) -> None:
    """Drift on an empty database is red, not empty."""
    code, out, _ = invoke("db.drift", OUTBOX_EVIDENCE_DB_URL=up.replace("/outbox?", "/postgres?"))
    assert code == 1
    assert "missing   table payment_outbox_pending" in out.splitlines()


@pytest.mark.parametrize("task", ["db.apply", "db.drift"])
def test_url_that_does_not_answer_is_one_sentence(invoke: Invoke, task: str) -> None:
    """No traceback, no password, exit code 1."""
    code, out, err = invoke(task, "--db-url", "postgresql://u:hunter2@127.0.0.1:1/x")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("got no connection to the server at 127.0.0.1, port 1")
    assert "hunter2" not in err


def test_tasks_without_a_server_say_how_to_get_one(invoke: Invoke, project: Path) -> None:
    """After down there is nothing to print or to open."""
    private.down(root=project)
    for task in ("db.url", "db.psql", "db.apply", "db.drift"):
        code, out, err = invoke(task)
        assert (code, out) == (1, "")
        assert "call invoke db.up" in err
    assert invoke("db.down") == (0, "No local server was up.\n", "")


def test_down_removes_the_server(invoke: Invoke, up: str, project: Path) -> None:
    """Its process, data and socket are gone when the task ends."""
    server = private.running(root=project)
    assert server is not None
    assert invoke("db.down") == (0, "The local server is stopped and deleted.\n", "")
    assert private.running(root=project) is None

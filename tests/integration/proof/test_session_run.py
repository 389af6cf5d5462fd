"""One run for a pytest session: with and without workers, joined, or not wanted."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from leaseproof.database.run import open_run, write_state

PROBE = """
import pytest

@pytest.mark.parametrize("number", range(4))
def test_probe(number, database, connect_as, leaseproof_run):
    connection = connect_as("stranger", database)
    assert connection.execute("SELECT current_database()").fetchone() == (database,)
    print("RUN", leaseproof_run.run_id, leaseproof_run.template(), database)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with a model of one table and four tests that use the fixtures."""
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "10_model.sql").write_text("CREATE TABLE model ();\n")
    (tmp_path / "test_probe.py").write_text(PROBE)
    (tmp_path / "pytest.ini").touch()
    return tmp_path


def run_pytest(project: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    """Run pytest in a project and return its exit code and output."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("OUTBOX_EVIDENCE_DB_URL", "LEASEPROOF_RUN_FILE") and not name.startswith("PYTEST")
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", *arguments],
        cwd=project,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def probes(output: str) -> list[tuple[str, ...]]:
    """Return run, template and database of each test that ran."""
    return sorted(set(re.findall(r"RUN (\S+) (\S+) (\S+)", output)))


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_session_has_one_run_and_each_test_its_database(project: Path, workers: tuple[str, ...]) -> None:
    """Workers join the controller's run: one template, four databases."""
    code, output = run_pytest(project, *workers)
    assert code == 0, output
    found = probes(output)
    assert len(found) == 4
    assert len({(run, template) for run, template, _ in found}) == 1


def test_session_joins_the_run_of_a_file_and_leaves_its_databases(project: Path, tmp_path: Path) -> None:
    """The gate's regression query finds what integration tests left."""
    with open_run(url=None, root=project) as run:
        file = tmp_path / "run.json"
        write_state(run, file)
        code, output = run_pytest(project, LEASEPROOF_RUN_FILE=str(file))
        assert code == 0, output
        assert {found[0] for found in probes(output)} == {run.run_id}
        assert run.databases() == tuple(found[2] for found in probes(output))


def test_session_without_a_database_skips_and_says_so(project: Path) -> None:
    """The reason is the one that the gate knows."""
    code, output = run_pytest(project, "--leaseproof-no-db")
    assert (code, output.count("no database was asked for"), probes(output)) == (0, 1, [])
    assert "4 skipped" in output


def test_run_file_of_nothing_is_an_error_of_the_test(project: Path, tmp_path: Path) -> None:
    """A stale file is no reason to open another server in silence."""
    stale = tmp_path / "stale.json"
    stale.write_text(json.dumps({}))
    code, output = run_pytest(project, LEASEPROOF_RUN_FILE=str(stale))
    assert code == 1
    assert "unset LEASEPROOF_RUN_FILE to open a new one" in output
    assert probes(output) == []


@pytest.mark.parametrize("processes", [["-p", "no:xdist"], ["--numprocesses=2"]])
def test_server_that_does_not_answer_is_one_sentence_without_its_password(processes: list[str]) -> None:
    """A traceback would print the connection string; there is none, on one process or on several."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("LEASEPROOF", "PYTEST"))}
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "proofs", "-k", "stale", *processes],
        cwd=Path(__file__).parents[3],
        env={**own, "OUTBOX_EVIDENCE_DB_URL": "postgresql://u:secretpw@127.0.0.1:1/x"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    said = ended.stdout + ended.stderr
    assert ended.returncode == 1
    assert "got no connection to the server at 127.0.0.1, port 1, user u, database x" in said
    assert "secretpw" not in said
    assert "Traceback" not in said

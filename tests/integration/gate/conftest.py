"""A small project with the model, one proof and one test of each kind, for the gate to judge."""

import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leaseproof.database.run import Run

ROOT = Path(__file__).parents[3]
SECONDS = 120  # for a gate to get where a test wants it
PROOF = """-- A second completion of one lease is refused.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('i1', 'p1', 'k1', 'SEPA', '{}') \\gset
-- @step claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'w', 30) \\gset
-- @step complete: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'w', 'DISPATCHED');
-- @step again: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'w', 'DISPATCHED');
"""
MANIFEST = """id = "FC-10"
claim = "A second completion of one lease is refused."
invariant = "fencing"

[sessions]
ingest = "outbox_ingest"
worker = "outbox_executor"

[expect]
again = "P7002"
"""
UNIT_TEST = '''import os


def test_no_database():
    """Unit tests are told of no database."""
    assert not {"OUTBOX_EVIDENCE_DB_URL", "LEASEPROOF_RUN_FILE", "PGPASSWORD"} & set(os.environ)
'''
INTEGRATION_TEST = '''def test_enqueue(database, connect_as):
    """A payment can be enqueued."""
    ingest = connect_as("outbox_ingest", database)
    ingest.execute("SELECT enqueue_payment_outbox('i', 'p', 'k', 'SEPA', '{}')")
'''
HANGING_TEST = '''import threading


def test_hangs():
    """Says that it runs, then waits for ever."""
    with open("running", "w") as pipe:
        pipe.write("x")
    threading.Event().wait()
'''


class Project:
    """A project in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bundle = root / "reports" / "outbox-evidence"
        shutil.copytree(ROOT / "sql", root / "sql")
        shutil.copy(ROOT / "tasks.py", root)
        shutil.copy(ROOT / "pyproject.toml", root)
        self.write(".gitignore", "/.leaseproof/\n/reports/\n__pycache__/\n.pytest_cache/\n/running\n")
        self.write("proofs/fencing/a_second_completion_is_refused.sql", PROOF)
        self.write("proofs/fencing/a_second_completion_is_refused.toml", MANIFEST)
        self.write("tests/unit/test_unit.py", UNIT_TEST)
        self.write("tests/integration/test_integration.py", INTEGRATION_TEST)
        self.git("init", "--quiet")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "All")

    def write(self, path: str, text: str) -> None:
        """Write a file of the project."""
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def git(self, *arguments: str) -> None:
        """Run git, as nobody in particular."""
        who = {f"GIT_{role}_{what}": "x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        subprocess.run(["git", *arguments], cwd=self.root, check=True, env={**os.environ, **who})

    def start(self, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        """Start a task."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("LEASEPROOF_", "OUTBOX_", "PYTEST_"))
        }
        return subprocess.Popen(
            [
                sys.executable,
                "-m",
                "invoke",
                *arguments,
                *(["--no-strength"] if arguments[0] == "ci" else []),
            ],
            cwd=self.root,
            env={**kept, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def invoke(self, *arguments: str, **environment: str) -> tuple[int, str]:
        """Run a task to its end and return its exit code and output."""
        process = self.start(*arguments, **environment)
        output, _ = process.communicate(timeout=SECONDS)
        return process.returncode, output

    def first_line(self) -> str:
        """Return what the bundle says first."""
        return (self.bundle / "00_README.txt").read_text().partition("\n")[0]

    def states(self) -> dict[str, str]:
        """Return step → state of the last run."""
        return {step["name"]: step["state"] for step in self.results()["steps"]}

    def results(self) -> dict[str, Any]:
        """Return the bundle's results."""
        return json.loads((self.bundle / "08_proof_results.json").read_text())

    def hang(self) -> "HangingGate":
        """Start a gate that stops inside a test."""
        self.write("tests/integration/test_hangs.py", HANGING_TEST)
        os.mkfifo(self.root / "running")
        return HangingGate(self)


class HangingGate:
    """A gate whose integration test waits for ever."""

    def __init__(self, project: Project) -> None:
        pipe = os.open(project.root / "running", os.O_RDONLY | os.O_NONBLOCK)
        self.process = project.start("ci", "--workers", "2")
        ready, _, _ = select.select([pipe], [], [], SECONDS)
        assert ready, "the gate did not reach the hanging test"
        os.close(pipe)
        self._descendants = [os.pidfd_open(each) for each in descendants(self.process.pid)]
        assert self._descendants

    def end(self, number: signal.Signals) -> tuple[int, str]:
        """Send a signal to the gate alone and return its exit code and output."""
        self.process.send_signal(number)
        output, _ = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, output

    def everything_ends(self) -> bool:
        """Return whether every process that the gate had started ends."""
        ended = all(select.select([each], [], [], 30)[0] for each in self._descendants)
        for each in self._descendants:
            os.close(each)
        return ended


def descendants(pid: int) -> list[int]:
    """Return the processes that a process and its children started."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*"):
        for child in (int(each) for each in (task / "children").read_text().split()):
            found += [child, *descendants(child)]
    return found


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a small project."""
    return Project(tmp_path)


@pytest.fixture
def server(leaseproof_run: Run, project: Project) -> Iterator[str]:
    """Return the address of a server that the gate is given, and see that it left nothing there."""
    yield leaseproof_run.server.conninfo
    runs = set(re.findall(r'"run_id": "([0-9a-f]{8})"', (project.bundle / "run.json").read_text()))
    with leaseproof_run.connect("owner", "postgres") as admin:
        rows = admin.execute(
            "SELECT datname FROM pg_database UNION ALL SELECT rolname FROM pg_roles UNION ALL SELECT"
            " application_name FROM pg_stat_activity"
        ).fetchall()
    assert [name for (name,) in rows if name and any(run_id in name for run_id in runs)] == []

"""What tests of the author's commands share: an empty project, and its tasks on the session's server."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leaseproof.database.invariants import load_invariants
from leaseproof.database.run import Run
from leaseproof.proof.pool import Pool

ROOT = Path(__file__).parents[4]
TASKS = """from invoke import Collection
from leaseproof.commands import authoring, db

namespace = Collection()
namespace.add_collection(Collection.from_module(authoring), name="proofs")
namespace.add_collection(Collection.from_module(db))
"""

Invoke = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def model_pool(leaseproof_run: Run) -> Iterator[Pool]:
    """Yield databases with the model; one pool a process."""
    pool = Pool(
        leaseproof_run, load_invariants(ROOT / "sql" / "invariants"), label=f"authoring_{os.getpid()}"
    )
    yield pool
    pool.close()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return an empty project with the model."""
    shutil.copytree(ROOT / "sql", tmp_path / "sql")
    (tmp_path / "proofs").mkdir()
    (tmp_path / "tasks.py").write_text(TASKS)
    return tmp_path


@pytest.fixture
def invoke(project: Path, leaseproof_run: Run) -> Invoke:
    """Return a function that runs a task of the project on the session's server and returns how it ended."""

    def run(*arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        environment = {**os.environ, "OUTBOX_EVIDENCE_DB_URL": leaseproof_run.server.conninfo}
        ended = subprocess.run(
            [sys.executable, "-m", "invoke", *arguments],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert not check or ended.returncode == 0, ended.stdout + ended.stderr
        return ended

    return run

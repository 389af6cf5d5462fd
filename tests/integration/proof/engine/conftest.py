"""What tests of the engine share: pairs from text, a pool on the small model of the phenomena."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leaseproof.database.invariants import load_invariants
from leaseproof.database.run import Run
from leaseproof.proof.manifest import Proof, load_proof
from leaseproof.proof.pool import Pool

MODEL = Path(__file__).parent / "phenomena" / "model"


@pytest.fixture(scope="session")
def pool(leaseproof_run: Run, request: pytest.FixtureRequest) -> Iterator[Pool]:
    """Yield databases with the small model; one pool a process, as the plugin has it."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    pool = Pool(
        leaseproof_run,
        load_invariants(MODEL / "invariants"),
        label=f"phenomena_{worker}_{os.getpid()}",
        template=leaseproof_run.template(MODEL),
    )
    yield pool
    pool.close()


@pytest.fixture
def write_pair(tmp_path: Path) -> Callable[[str, str], Proof]:
    """Return a function that makes a proof of steps and the part of a manifest below its first three keys."""

    def write(steps: str, manifest: str) -> Proof:
        path = tmp_path / "proofs" / "pair.sql"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"-- A claim.\n\n{steps}")
        path.with_suffix(".toml").write_text(
            f'id = "P-1"\nclaim = "A claim."\ninvariant = "engine"\n{manifest}'
        )
        return load_proof(path, tmp_path)

    return write

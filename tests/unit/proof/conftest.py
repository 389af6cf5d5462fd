"""What unit tests of proofs share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from leaseproof.proof.manifest import Proof, load_proof


@pytest.fixture
def make_proof(tmp_path: Path) -> Callable[[str, str, str], Proof]:
    """Return a function that writes a pair and loads it: name below proofs/, SQL, manifest."""

    def make(name: str, sql: str, toml: str) -> Proof:
        path = tmp_path / "proofs" / f"{name}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(sql)
        path.with_suffix(".toml").write_text(toml)
        return load_proof(path, tmp_path)

    return make

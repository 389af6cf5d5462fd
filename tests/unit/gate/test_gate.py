"""The end of the gate, when the evidence does not come out as it should."""

from pathlib import Path

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.evidence.bundle import DIRECTORY
from leaseproof.evidence.pack import ARCHIVE
from leaseproof.gate import gate as module
from leaseproof.gate.gate import BUNDLE_MISSING, BUNDLE_THERE, Gate
from leaseproof.gate.request import Request


def run(root: Path) -> list[str]:
    """Run a gate on an empty project, without a database, and return what it said."""
    (root / "reports").mkdir(exist_ok=True)
    said: list[str] = []
    Gate(Request(root=root, no_db=True), say=said.append).run()
    return said


def test_gate_recommends_the_bundle_that_it_wrote(tmp_path: Path) -> None:
    """A red run's bundle is there to be read, and is packed."""
    said = run(tmp_path)
    assert said[-1].endswith(BUNDLE_THERE)
    assert (tmp_path / ARCHIVE).is_file()


def test_gate_does_not_recommend_a_bundle_of_another_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the last write fails, what lies there is neither named as this run's nor packed."""
    write = module.write_bundle

    def refuse(record, *args, **options):  # type: ignore[no-untyped-def]
        if record.ending != "unfinished":
            raise LeaseproofError("got no room; expected some; free it")
        return write(record, *args, **options)

    monkeypatch.setattr(module, "write_bundle", refuse)
    said = run(tmp_path)
    assert said[-1].endswith(BUNDLE_MISSING)
    assert "00_README.txt" not in said[-1]
    assert "evidence     failed" in said[-2] and "pack         skipped" in said[-2]
    assert (tmp_path / DIRECTORY).is_dir() and not (tmp_path / ARCHIVE).exists()

"""The lines of the recorder, by running pytest inside pytest."""

import subprocess
import sys
from pathlib import Path

import pytest

from leaseproof.evidence import recorder
from leaseproof.evidence.recorder import read_recording
from leaseproof.proof import collect

TESTS = """
import os, pytest
def test_good(): pass
def test_bad(): assert 1 == 2, "one is not two"
@pytest.mark.skip(reason="no such server")
def test_skipped(): pass
@pytest.fixture
def broken(): raise RuntimeError("no fixture")
def test_error(broken): pass
@pytest.fixture
def late():
    yield
    raise RuntimeError("late")
def test_late(late): pass
"""


def record(folder: Path, *options: str) -> recorder.Recording:
    """Run pytest on a folder and return what was recorded."""
    lines = folder / "record.jsonl"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "leaseproof.evidence.recorder",
        f"{recorder.OPTION}={lines}",
        *options,
    ]
    subprocess.run(
        [*command, "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)],
        cwd=folder,
        capture_output=True,
    )
    return read_recording(lines.read_text())


@pytest.mark.parametrize("options", [("-p", "no:xdist"), ("-n", "2")], ids=["alone", "two_workers"])
def test_recorder_notes_each_test_once(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Every outcome is told with its reason, the same with and without workers."""
    (tmp_path / "test_x.py").write_text(TESTS)
    (tmp_path / "test_y.py").write_text("import no_such_module\n")
    found = record(tmp_path, "--continue-on-collection-errors", *options)
    assert {test.nodeid: (test.result, test.reason) for test in found.tests} == {
        "test_x.py::test_good": ("passed", ""),
        "test_x.py::test_bad": ("failed", "AssertionError: one is not two"),
        "test_x.py::test_skipped": ("skipped", "no such server"),
        "test_x.py::test_error": ("error", "RuntimeError: no fixture"),
        "test_x.py::test_late": ("error", "RuntimeError: late"),
        "test_y.py": ("error", "E   ModuleNotFoundError: No module named 'no_such_module'"),
    }
    assert next(test.line for test in found.tests if test.nodeid.endswith("test_bad")) == 4


def test_recorder_knows_what_a_killed_pytest_had_not_run(tmp_path: Path) -> None:
    """Lines written before a kill -9 tell what ran; the rest was collected and did not run."""
    (tmp_path / "test_x.py").write_text(
        "import os\ndef test_a(): pass\ndef test_b(): os.kill(os.getpid(), 9)\ndef test_c(): pass\n"
    )
    found = record(tmp_path, "-p", "no:xdist")
    assert [(test.nodeid, test.result) for test in found.tests] == [
        ("test_x.py::test_a", "passed"),
        ("test_x.py::test_b", "not run"),
        ("test_x.py::test_c", "not run"),
    ]


def test_recording_leaves_out_a_line_that_was_cut_off() -> None:
    """Half a line at the end is no test."""
    assert read_recording('{"collected": ["a"]}\n{"nodeid": "a", "wh').tests[0].result == "not run"


def test_recorder_and_proofs_agree_on_the_attribute() -> None:
    """The recorder looks for a proof's result where the proofs' plugin puts it."""
    assert recorder.PROOF_RESULT == collect.RESULT

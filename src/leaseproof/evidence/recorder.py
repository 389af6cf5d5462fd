"""A pytest plugin that writes one JSON line for each test collected and each test ended, as it happens.

JUnit XML appears only when pytest ends in peace; these lines also tell what a killed pytest had done.
Loaded by the gate with ``-p leaseproof.evidence.recorder --leaseproof-record FILE``; only xdist's
controller writes.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

from leaseproof.evidence.record import Test, TestResult

OPTION = "--leaseproof-record"
PROOF_RESULT = "leaseproof_result"  # attribute of a proof's report, set by the proofs' own plugin


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names the file."""
    group = parser.getgroup("leaseproof")
    group.addoption(
        OPTION, dest="leaseproof_record", metavar="FILE", help="write one JSON line for each test to FILE"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Start recording, on the controller."""
    path = config.getoption("leaseproof_record")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(Path(path)), "leaseproof-recorder")


class Recorder:
    """Writes the lines.

    Args:
        path: made anew.
    """

    def __init__(self, path: Path) -> None:
        self._file: IO[str] = path.open("w", encoding="utf-8")
        self._collected: set[str] = set()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note what was collected without xdist."""
        self._note_collected([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Note what one xdist worker collected; all collect the same."""
        self._note_collected(ids)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that could not be collected."""
        if report.failed:
            self._write({"broken": report.nodeid, "reason": _last_line(report.longreprtext)})

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note one phase of one test, and what a proof answered."""
        if (result := getattr(report, PROOF_RESULT, None)) is not None:
            self._write({"proof": result})
        if report.when == "call" or report.outcome != "passed":
            self._write(
                {
                    "nodeid": report.nodeid,
                    "when": report.when,
                    "outcome": report.outcome,
                    "reason": _reason(report),
                    "file": report.location[0],
                    "line": (report.location[1] or 0) + 1,
                    "seconds": round(report.duration, 3),
                }
            )

    def pytest_unconfigure(self) -> None:
        """Close the file."""
        self._file.close()

    def _note_collected(self, nodeids: Sequence[str]) -> None:
        new = sorted(set(nodeids) - self._collected)
        self._collected.update(new)
        if new:
            self._write({"collected": new})

    def _write(self, line: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What the lines of a recorder say."""

    tests: tuple[
        Test, ...
    ]  # by nodeid; collected without an end: "not run"; a file that could not be collected: "error"
    proofs: tuple[Mapping[str, Any], ...]  # results as the proofs' plugin made them, by path


def read_recording(text: str) -> Recording:
    """Return what was recorded; a last line that was cut off is left out."""
    collected: set[str] = set()
    ended: dict[str, Test] = {}
    proofs: dict[str, Mapping[str, Any]] = {}
    for line in text.splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if "collected" in value:
            collected.update(value["collected"])
        elif "proof" in value:
            proofs[value["proof"]["path"]] = value["proof"]
        else:
            test = _test(value) if "nodeid" in value else _broken(value)
            if test.nodeid not in ended or _WORSE[test.result] > _WORSE[ended[test.nodeid].result]:
                ended[test.nodeid] = test
    missing = {
        nodeid: Test(nodeid=nodeid, result="not run", file=nodeid.split("::")[0])
        for nodeid in collected - set(ended)
    }
    tests = tuple(test for _, test in sorted({**missing, **ended}.items()))
    return Recording(tests=tests, proofs=tuple(proof for _, proof in sorted(proofs.items())))


_WORSE: Mapping[TestResult, int] = {"passed": 0, "skipped": 1, "failed": 2, "error": 3}


def _broken(value: Mapping[str, Any]) -> Test:
    return Test(
        nodeid=value["broken"], result="error", reason=value["reason"], file=value["broken"].split("::")[0]
    )


def _test(value: Mapping[str, Any]) -> Test:
    in_test = value["when"] == "call"
    result: TestResult = "error" if value["outcome"] == "failed" and not in_test else value["outcome"]
    return Test(
        nodeid=value["nodeid"],
        result=result,
        reason=value["reason"],
        file=value["file"],
        line=value["line"],
        seconds=value["seconds"],
    )


def _reason(report: pytest.TestReport) -> str:
    if report.outcome == "passed":
        return ""
    if report.skipped and isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash else report.longreprtext
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:300]


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "could not be collected"

"""Bundles that were changed and signed anew, so that every sum and digest fits."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leaseproof.evidence import bundle as writing
from leaseproof.evidence import page
from leaseproof.evidence.bundle import sums, write_bundle
from leaseproof.evidence.reading import read_files
from leaseproof.evidence.record import Record, Regression
from leaseproof.evidence.secrets import secrets_of
from leaseproof.evidence.verify import verify

MADE = (
    "00_README.txt",
    "05_tests_manifest.txt",
    "08_proof_results.txt",
    "09_regression.txt",
    "11_trace_matrix.tsv",
    "junit.xml",
    "index.html",
)


def drawn(proof: Mapping[str, Any], schedule: Mapping[str, Any]) -> str:
    """Draw a schedule."""
    return f"<svg>{proof['id']} {len(schedule['order'])}</svg>"


def sign(bundle: Path) -> None:
    """Make digests and sums fit again, as a forger would who knows the whole format."""
    files = dict(read_files(bundle))
    stated = json.loads(files["statement.json"])
    for each in stated["subject"]:
        if each["name"] in files:
            each["digest"] = {"sha256": hashlib.sha256(files[each["name"]]).hexdigest()}
    files["statement.json"] = json.dumps(stated).encode()
    (bundle / "statement.json").write_bytes(files["statement.json"])
    (bundle / "SHA256SUMS").write_text(sums(files))


@pytest.mark.parametrize("name", MADE)
def test_verify_names_a_file_that_is_not_what_the_results_make(
    tmp_path: Path, green: Record, name: str
) -> None:
    """A file of the results that was changed is found though every sum and digest was made to fit."""
    write_bundle(green, tmp_path / "b", timeline=drawn)
    assert verify(tmp_path / "b", timeline=drawn).passed
    with (tmp_path / "b" / name).open("a") as file:
        file.write("\n")
    sign(tmp_path / "b")
    assert verify(tmp_path / "b", timeline=drawn).problems == (
        f"{name} is not what the results make: changed, or made by another version of leaseproof; check out"
        " the bundle's commit and verify with it",
    )


def test_verify_without_drawings_leaves_the_page_alone(tmp_path: Path, green: Record) -> None:
    """Who cannot draw does not judge the page."""
    write_bundle(green, tmp_path / "b", timeline=drawn)
    assert verify(tmp_path / "b").passed


def test_verify_accepts_an_unfinished_bundle_without_drawings(tmp_path: Path, green: Record) -> None:
    """A gate that was killed left a whole bundle, for which nothing was drawn."""
    write_bundle(replace(green, ending="unfinished"), tmp_path / "b")
    assert verify(tmp_path / "b", timeline=drawn).problems == ()


@pytest.mark.parametrize("ending", ["finished", "unfinished"])
def test_verify_accepts_a_file_that_could_not_be_made(
    tmp_path: Path, green: Record, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    """A red bundle that says of a file that it could not be made is whole; a green one is not."""

    def fail(*_arguments: object, **_options: object) -> str:
        raise RuntimeError("no ink")

    with monkeypatch.context() as patched:
        patched.setattr(page, "page", fail)
        write_bundle(replace(green, ending=ending), tmp_path / "red", timeline=drawn)
    assert verify(tmp_path / "red", timeline=drawn).problems == ()
    write_bundle(green, tmp_path / "green", timeline=drawn)
    (tmp_path / "green" / "index.html").write_text("FAILED: index.html could not be made (no ink).\n")
    sign(tmp_path / "green")
    assert "index.html is not what" in verify(tmp_path / "green", timeline=drawn).problems[0]


@pytest.mark.parametrize("ending", ["finished", "unfinished"])
def test_verify_accepts_a_withheld_file(tmp_path: Path, green: Record, ending: str) -> None:
    """A bundle that withheld a file with a password is whole and no pass."""
    record = replace(green, ending=ending, catalog={**green.catalog, "04_views.sql": "-- s3cr3t-w0rd\n"})
    write_bundle(record, tmp_path / "b", timeline=drawn, secrets=secrets_of("postgresql://u:s3cr3t-w0rd@h/d"))
    found = verify(tmp_path / "b", timeline=drawn)
    assert (found.problems, found.passed) == ((), False)


def test_verify_says_that_results_were_withheld(tmp_path: Path, green: Record) -> None:
    """Withheld results are told in words of their own."""
    tests = (replace(green.tests[0], reason="s3cr3t-w0rd"),)
    secrets = secrets_of("postgresql://u:s3cr3t-w0rd@h/d")
    write_bundle(replace(green, tests=tests), tmp_path / "b", secrets=secrets)
    assert "got a 08_proof_results.json that was withheld" in verify(tmp_path / "b").problems[0]


def test_verify_accepts_names_that_are_no_text(tmp_path: Path, green: Record) -> None:
    """Half a surrogate pair, as in a file name that is no UTF-8, makes no file differ from its remake."""
    write_bundle(replace(green, tests=(replace(green.tests[0], nodeid="x::\udcff"),)), tmp_path / "b")
    assert verify(tmp_path / "b").problems == ()


def without_schedules(record: Record) -> Record:
    """Let a proof pass that ran nothing."""
    return changed_proof(record, schedules_run=0)


def with_problem(record: Record) -> Record:
    """Let a proof pass with a problem."""
    schedule = {**record.proofs[0]["schedules"][0], "problems": ["stale: lost"]}
    return changed_proof(record, schedules=[schedule])


def with_violation(record: Record) -> Record:
    """Let a proof pass with a broken invariant."""
    schedule = {**record.proofs[0]["schedules"][0], "violations": ["lease_is_whole"]}
    return changed_proof(record, schedules=[schedule])


def with_other_code(record: Record) -> Record:
    """Let a proof pass that got another SQLSTATE than was expected."""
    return changed_proof(record, observed={"stale": "00000,P7002"})


def with_other_step(record: Record) -> Record:
    """Let a schedule show an answer that the proof did not observe."""
    steps = [{"step": "stale", "sqlstate": "00000"}]
    return changed_proof(record, schedules=[{**record.proofs[0]["schedules"][0], "steps": steps}])


def changed_proof(record: Record, **change: Any) -> Record:
    """Return the record with another first proof."""
    return replace(record, proofs=({**record.proofs[0], **change}, *record.proofs[1:]))


def changed_test(record: Record, number: int) -> Record:
    """Return the record with a red test."""
    tests = [replace(test, result="failed") if n == number else test for n, test in enumerate(record.tests)]
    return replace(record, tests=tuple(tests))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (without_schedules, "the proof proofs/fencing/a.sql passed, yet not one schedule was run"),
        (with_problem, "its order stale, take_over has a problem: stale: lost"),
        (with_violation, "after its order stale, take_over lease_is_whole does not hold"),
        (with_other_code, "its step stale got 00000,P7002; expected P7002"),
        (with_other_step, "its step stale got 00000, which is not among the observed"),
        (lambda record: replace(record, regression=None), "regression passed, yet it found nothing out"),
        (
            lambda record: replace(record, regression=Regression(dispatching=1)),
            "the step regression passed, yet 1 attempts are in state DISPATCHING",
        ),
        (
            lambda record: replace(record, regression=Regression(violations={"lease_is_whole": 2})),
            "regression passed, yet lease_is_whole has 2 rows",
        ),
        (
            lambda record: replace(record, regression=Regression(problems=("db: broken",))),
            "regression passed, yet db: broken",
        ),
        (
            lambda record: changed_proof(record, result="failed"),
            "the step integration passed, yet proofs that failed: proofs/fencing/a.sql",
        ),
        (
            lambda record: changed_test(record, 0),
            "the step integration passed, yet tests that failed: tests/integration/test_y.py::test_y",
        ),
        (lambda record: changed_test(record, 1), "the step unit passed, yet tests/unit/test_x.py::test_x"),
    ],
)
def test_verify_names_results_that_contradict_themselves(
    tmp_path: Path, green: Record, change: Callable[[Record], Record], said: str
) -> None:
    """A whole bundle made of forged results is refused, and the file of the results is named."""
    write_bundle(change(green), tmp_path / "b")
    found = verify(tmp_path / "b")
    assert not found.passed
    named = [text for text in found.problems if text.startswith(f"{writing.RESULTS}: ")]
    assert any(said in text for text in named), found.problems


def test_verify_names_results_that_are_not_as_they_are_written(tmp_path: Path, green: Record) -> None:
    """Other bytes for the same results, as a key that stands twice, are found."""
    write_bundle(green, tmp_path / "b")
    path = tmp_path / "b" / writing.RESULTS
    path.write_text(path.read_text().replace("{", '{"verdict": "FAILED",', 1))
    sign(tmp_path / "b")
    assert f"{writing.RESULTS} is not what the results make" in verify(tmp_path / "b").problems[0]


def test_verify_names_the_commit_of_another_statement(tmp_path: Path, green: Record) -> None:
    """A statement of another commit is refused by name."""
    write_bundle(green, tmp_path / "b")
    path = tmp_path / "b" / "statement.json"
    path.write_text(path.read_text().replace(green.commit, "f" * 40))
    sign(tmp_path / "b")
    assert verify(tmp_path / "b").problems == (
        "statement.json: its digest of the commit is not that of the bundle",
    )

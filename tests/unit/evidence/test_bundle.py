"""Writing the bundle."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.evidence import bundle, page, readme, tables
from leaseproof.evidence.bundle import FILES, write_bundle
from leaseproof.evidence.record import NO_DATABASE, Record, Step
from leaseproof.evidence.secrets import secrets_of


def first_line(directory: Path) -> str:
    """Return what the bundle says first."""
    return (directory / "00_README.txt").read_text().partition("\n")[0]


def test_bundle_has_every_file(tmp_path: Path, green: Record) -> None:
    """A bundle has exactly the files that its README lists."""
    write_bundle(green, tmp_path / "b")
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == sorted(FILES)


def test_bundle_of_an_unfinished_run_has_every_file_with_a_reason(tmp_path: Path) -> None:
    """What a run did not reach is told in each file instead of being left out."""
    write_bundle(Record(), tmp_path / "b")
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == sorted(FILES)
    assert all((tmp_path / "b" / name).read_text().strip() for name in FILES)
    assert first_line(tmp_path / "b").startswith("INCOMPLETE")
    assert "did not get that far" in (tmp_path / "b" / "09_regression.txt").read_text()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "PASSED"),
        ({"ending": "interrupted", "signal": "SIGTERM"}, "INTERRUPTED by SIGTERM"),
        ({"proofs": ()}, "FAILED: proofs collected but not run"),
        ({"collected_proofs": (), "proofs": ()}, "FAILED: proofs expected but not collected"),
        ({"shard": (1, 2)}, "PASSED, PART 1 OF 2"),
        ({"steps": (Step(name="unit", state="failed", reason="2 tests red"),)}, "FAILED: unit: 2 tests red"),
        (
            {"steps": (Step(name="regression", state="skipped", reason="a whim"),)},
            "FAILED: regression: skipped, a whim",
        ),
    ],
)
def test_bundle_says_first_how_the_run_ended(tmp_path: Path, green: Record, change: dict, said: str) -> None:
    """The first line is the verdict, whatever it is."""
    write_bundle(replace(green, **change), tmp_path / "b")
    assert first_line(tmp_path / "b").startswith(said)


def test_bundle_without_a_database_is_no_plain_pass(tmp_path: Path, green: Record) -> None:
    """A run that was asked to go without a database says so first, and warns in the statement."""
    steps = (Step(name="unit", state="passed"), Step(name="integration", state="skipped", reason=NO_DATABASE))
    record = replace(
        green, database="none", server_version="", steps=steps, proofs=(), collected_proofs=(), catalog={}
    )
    write_bundle(record, tmp_path / "b")
    assert first_line(tmp_path / "b").startswith("PASSED WITHOUT A DATABASE")
    assert json.loads((tmp_path / "b" / "statement.json").read_text())["predicate"]["result"] == "WARNED"


def test_bundle_of_two_equal_runs_differs_only_in_run_json_and_its_sum(tmp_path: Path, green: Record) -> None:
    """Times, machine and seconds reach no file but run.json and what quotes it."""
    later = replace(
        green,
        run={"started_at": "2027-07-07T00:00:00+00:00"},
        steps=tuple(replace(step, seconds=step.seconds + 9) for step in green.steps),
        tests=tuple(replace(test, seconds=test.seconds + 9) for test in green.tests),
    )
    write_bundle(green, tmp_path / "a", seconds=lambda: 1.0)
    write_bundle(later, tmp_path / "b", seconds=lambda: 2.0)
    different = {
        name for name in FILES if (tmp_path / "a" / name).read_bytes() != (tmp_path / "b" / name).read_bytes()
    }
    assert different == {"run.json", "SHA256SUMS"}


@pytest.mark.parametrize(
    "module, function, file",
    [
        (tables, "trace_matrix", "11_trace_matrix.tsv"),
        (tables, "proof_results", "08_proof_results.txt"),
        (page, "page", "index.html"),
        (readme, "readme", "00_README.txt"),
        (bundle, "stable", "08_proof_results.json"),
        (bundle, "junit", "junit.xml"),
    ],
)
def test_bundle_tells_a_file_that_cannot_be_made(
    tmp_path: Path, green: Record, monkeypatch: pytest.MonkeyPatch, module: object, function: str, file: str
) -> None:
    """A fault in one file costs neither the others nor the truth: the run is red, each file is there."""

    def fail(*_arguments: object, **_options: object) -> str:
        raise RuntimeError("no ink")

    monkeypatch.setattr(module, function, fail)
    written = write_bundle(green, tmp_path / "b")
    assert written.faults == (f"{file} could not be made (RuntimeError: no ink)",)
    assert first_line(tmp_path / "b").startswith("FAILED: ")
    assert (tmp_path / "b" / file).read_text().startswith("FAILED: ")
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == sorted(FILES)


def test_bundle_replaces_the_one_before_and_leaves_nothing_beside(
    tmp_path: Path, green: Record, red: Record
) -> None:
    """A new bundle takes the old one's place, an interrupted write's remains included."""
    (tmp_path / ".b.half").mkdir()
    write_bundle(green, tmp_path / "b")
    (tmp_path / "b" / "stray").touch()
    write_bundle(red, tmp_path / "b")
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
    assert first_line(tmp_path / "b").startswith("FAILED")
    assert not (tmp_path / "b" / "stray").exists()


def test_bundle_write_that_is_cut_off_leaves_the_old_bundle(
    tmp_path: Path, green: Record, red: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fills up in the middle of a write leaves the bundle before as it was, whole."""
    write_bundle(green, tmp_path / "b")
    before = {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()}
    calls = iter(range(100))

    def full(_descriptor: int) -> None:
        if next(calls) == 7:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(LeaseproofError, match="No space left on device"):
        write_bundle(red, tmp_path / "b")
    assert {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


@pytest.mark.parametrize(
    "password, printed",
    [("s3cr3t-w0rd", "s3cr3t-w0rd"), ("p%40ss%2Fword", "p@ss/word"), ("p@ss&word9", "p%40ss%26word9")],
)
def test_bundle_withholds_a_file_with_the_password(
    tmp_path: Path, red: Record, password: str, printed: str
) -> None:
    """A password in any spelling is found in every file, which is withheld, and the run is red."""
    tests = (replace(red.tests[0], result="failed", reason=f"connect to postgresql://u:{printed}@h failed"),)
    secrets = secrets_of(f"postgresql://u:{password}@h/d")
    written = write_bundle(replace(red, tests=tests), tmp_path / "b", secrets=secrets)
    texts = {path.name: path.read_text() for path in (tmp_path / "b").iterdir()}
    assert sorted(texts) == sorted(FILES)
    assert not [name for name, text in texts.items() if printed in text or password in text]
    assert texts["index.html"].startswith("FAILED: this file was withheld")
    assert texts["00_README.txt"].startswith("FAILED")
    assert written.faults


def test_bundle_publishes_a_password_that_is_a_name(tmp_path: Path, green: Record) -> None:
    """A password that is also the user's name is looked for only where passwords stand."""
    record = replace(green, catalog={**green.catalog, "07_privileges.sql": "-- owned by postgres\n"})
    written = write_bundle(
        record, tmp_path / "b", secrets=secrets_of("postgresql://postgres:postgres@localhost/postgres")
    )
    assert written.faults == ()
    leaking = replace(record, catalog={**green.catalog, "07_privileges.sql": "-- u:postgres@localhost\n"})
    written = write_bundle(
        leaking, tmp_path / "b", secrets=secrets_of("postgresql://postgres:postgres@localhost/postgres")
    )
    assert written.faults == ("07_privileges.sql held the database's password and was withheld",)

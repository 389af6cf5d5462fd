"""Re-checking a bundle."""

import gzip
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.evidence import pack
from leaseproof.evidence.bundle import FILES, sums, write_bundle
from leaseproof.evidence.reading import read_files
from leaseproof.evidence.record import NO_DATABASE, Record, Step
from leaseproof.evidence.verify import verify, verify_files


@pytest.fixture
def bundle(tmp_path: Path, green: Record) -> Path:
    """Return a bundle of a green run."""
    write_bundle(green, tmp_path / "outbox-evidence")
    return tmp_path / "outbox-evidence"


def resum(bundle: Path) -> None:
    """Make the sums fit again, as a forger would."""
    files = {path.name: path.read_bytes() for path in bundle.iterdir()}
    (bundle / "SHA256SUMS").write_text(sums(files))


def test_verify_accepts_what_was_written(bundle: Path) -> None:
    """A bundle of a green run is whole and passed."""
    found = verify(bundle)
    assert (found.problems, found.missing, found.verdict, found.passed) == ((), (), "PASSED", True)


def test_verify_accepts_the_archive(bundle: Path) -> None:
    """The packed archive is worth what the folder is."""
    archive = bundle.parent / "x.tar.gz"
    archive.write_bytes(pack.pack(read_files(bundle), modified=1))
    assert verify(archive) == verify(bundle)


def test_verify_tells_a_red_bundle_from_a_broken_one(tmp_path: Path, red: Record) -> None:
    """A bundle of a red run is whole, and is no evidence of a passed gate."""
    write_bundle(red, tmp_path / "b")
    found = verify(tmp_path / "b")
    assert (found.problems, found.passed) == ((), False)
    assert found.verdict.startswith("FAILED: integration: 1 proofs red")


@pytest.mark.parametrize(
    "change",
    [
        {"ending": "interrupted", "signal": "SIGINT"},
        {"ending": "unfinished"},
        {"shard": (2, 3)},
        {"proofs": ()},
        {
            "database": "none",
            "steps": (Step(name="integration", state="skipped", reason=NO_DATABASE),),
            "guardrails": "",
            "sarif": "",
            "server_version": "",
            "catalog": {},
        },
    ],
)
def test_verify_passes_nothing_but_a_pass(tmp_path: Path, green: Record, change: dict) -> None:
    """Every other ending is whole, consistent and not passed."""
    write_bundle(replace(green, **change), tmp_path / "b")
    found = verify(tmp_path / "b")
    assert (found.problems, found.passed) == ((), False)


def test_verify_names_what_is_missing(tmp_path: Path, green: Record) -> None:
    """What was expected and did not run is named."""
    write_bundle(replace(green, proofs=green.proofs[1:]), tmp_path / "b")
    assert verify(tmp_path / "b").missing == ("proofs collected but not run: proofs/fencing/a.sql",)


@pytest.mark.parametrize("name", FILES)
def test_verify_finds_one_flipped_bit_in_any_file(bundle: Path, name: str) -> None:
    """No bit of any file can change unseen: the first, the last and each in between are tried."""
    original = (bundle / name).read_bytes()
    for position in sorted({0, len(original) // 3, len(original) // 2, len(original) - 1}):
        changed = bytearray(original)
        changed[position] ^= 1
        (bundle / name).write_bytes(changed)
        found = verify(bundle)
        assert found.problems and not found.passed, position
    (bundle / name).write_bytes(original)
    assert verify(bundle).passed


@pytest.mark.parametrize("name", FILES)
def test_verify_names_a_missing_file(bundle: Path, name: str) -> None:
    """A file that is gone is named."""
    (bundle / name).unlink()
    found = verify(bundle)
    assert f"missing: {name}" in found.problems and not found.passed


@pytest.mark.parametrize("name", FILES)
def test_verify_finds_a_file_cut_short(bundle: Path, name: str) -> None:
    """A file without its end is found, also an empty one."""
    data = (bundle / name).read_bytes()
    for size in (0, len(data) - 1):
        (bundle / name).write_bytes(data[:size])
        assert not verify(bundle).passed


def test_verify_names_an_extra_file(bundle: Path) -> None:
    """A file that is no part of a bundle is named, even with a sum."""
    (bundle / "notes.txt").write_text("all is well")
    resum(bundle)
    assert verify(bundle).problems == ("not part of a bundle: notes.txt",)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.symlink_to("/etc/hostname"), "is a link"),
        (lambda path: path.mkdir(), "no regular file"),
        (lambda path: os.mkfifo(path), "no regular file"),
    ],
)
def test_verify_refuses_what_is_no_plain_file(bundle: Path, make: Callable[[Path], None], said: str) -> None:
    """A link, a folder or a pipe in the place of a file is refused without reading through it."""
    (bundle / "junit.xml").unlink()
    make(bundle / "junit.xml")
    with pytest.raises(LeaseproofError, match=said):
        verify(bundle)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("00_README.txt", "PASSED\n", "PASSED!\n", "00_README.txt is not what the results make"),
        ("run.json", '"server_version": "18.4"', '"server_version": "17.0"', "the server in run.json"),
        ("run.json", "0123456789abcdef", "fedcba9876543210", "the commit in run.json"),
        (
            "08_proof_results.json",
            '"result": "passed"',
            '"result": "failed"',
            "the verdict in 08_proof_results.json",
        ),
        ("junit.xml", "<testcase", "<case", "junit.xml is not what the results make"),
        ("run.json", '"dirty": []', '"dirty": ["x"]', "the changed files in run.json"),
        ("statement.json", '"result": "PASSED"', '"result": "FAILED"', "statement.json: its result"),
        ("statement.json", "test_y.py::test_y", "test_y.py::test_q", "its passed tests are not those"),
        ("statement.json", "proofs/fencing/a.sql", "proofs/fencing/z.sql", "configuration"),
        ("01_grants.tsv", "--", "-+", "statement.json: its digest of 01_grants.tsv is not that"),
    ],
)
def test_verify_finds_a_forgery_with_fitting_sums(
    bundle: Path, file: str, old: str, new: str, said: str
) -> None:
    """A file changed together with its sum contradicts another file."""
    text = (bundle / file).read_text()
    assert old in text
    (bundle / file).write_text(text.replace(old, new, 1))
    resum(bundle)
    found = verify(bundle)
    assert not found.passed
    assert any(said in problem for problem in found.problems), found.problems


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b"null",
        b'{"format": 1}',
        b'{"format": 2}',
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"format": 1, "steps": 5}',
    ],
    ids=["empty", "list", "cut", "null", "bare", "other_format", "deep", "no_text", "wrong_type"],
)
@pytest.mark.parametrize("name", ["08_proof_results.json", "run.json", "statement.json"])
def test_verify_answers_hostile_json_in_words(bundle: Path, name: str, data: bytes) -> None:
    """No content of a JSON file makes the check crash or pass."""
    (bundle / name).write_bytes(data)
    resum(bundle)
    found = verify(bundle)
    assert found.problems and not found.passed


def test_verify_answers_results_of_wrong_types_in_words(bundle: Path) -> None:
    """Values of another type in every field of the results neither crash the check nor pass it."""
    value = json.loads((bundle / "08_proof_results.json").read_text())
    for name in value:
        for wrong in (None, 7, "x", [1], {"a": 1}):
            if wrong == value[name]:
                continue
            (bundle / "08_proof_results.json").write_text(json.dumps({**value, name: wrong}))
            resum(bundle)
            found = verify(bundle)
            assert found.problems and not found.passed, (name, wrong)


@pytest.mark.parametrize(
    "line",
    [
        "zz  00_README.txt\n",
        f"{'0' * 64}  ../../etc/passwd\n",
        f"{'0' * 64} *index.html\n",
        f"{hashlib.sha256(b'').hexdigest()}  index.html\n",
    ],
)
def test_verify_refuses_sums_that_sha256sum_does_not_write(bundle: Path, line: str) -> None:
    """Another line in the sums, well formed or not, is found."""
    with (bundle / "SHA256SUMS").open("a") as file:
        file.write(line)
    assert verify(bundle).problems


def archive(*members: tuple[str, bytes, bytes]) -> bytes:
    """Return a packed archive of names, contents and types."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as packed:
        for name, data, kind in members:
            member = tarfile.TarInfo(name)
            member.size, member.type, member.linkname = len(data), kind, "/etc/hostname"
            packed.addfile(member, io.BytesIO(data))
    return gzip.compress(plain.getvalue())


REGULAR = tarfile.REGTYPE
HOSTILE: dict[str, Callable[[], bytes]] = {
    "parent": lambda: archive(("outbox-evidence/../../x", b"", REGULAR)),
    "absolute": lambda: archive(("/outbox-evidence/x", b"", REGULAR)),
    "outside": lambda: archive(("../x", b"", REGULAR)),
    "no_folder": lambda: archive(("x", b"", REGULAR)),
    "symbolic_link": lambda: archive(("outbox-evidence/x", b"", tarfile.SYMTYPE)),
    "hard_link": lambda: archive(("outbox-evidence/x", b"", tarfile.LNKTYPE)),
    "twice": lambda: archive(("outbox-evidence/x", b"1", REGULAR), ("outbox-evidence/x", b"2", REGULAR)),
    "two_folders": lambda: archive(("a/x", b"1", REGULAR), ("b/y", b"2", REGULAR)),
    "cut_gzip": lambda: archive(("outbox-evidence/x", b"1" * 5000, REGULAR))[:-20],
    "cut_tar": lambda: gzip.compress(
        gzip.decompress(archive(("outbox-evidence/x", b"1" * 5000, REGULAR)))[:2000]
    ),
    "no_tar": lambda: gzip.compress(b"no tar"),
    "no_gzip": lambda: b"no gzip",
    "empty": lambda: b"",
    "bomb": lambda: gzip.compress(bytes(2 * 2**20)),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_verify_refuses_a_hostile_or_broken_archive_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """An archive that was cut off, or would write elsewhere, is refused without being unpacked."""
    monkeypatch.setattr("leaseproof.evidence.reading.LARGEST_BUNDLE", 2**20)
    path = tmp_path / "x.tar.gz"
    path.write_bytes(HOSTILE[kind]())
    with pytest.raises(LeaseproofError, match="^got .*; expected .*; get it again"):
        verify(path)


def test_verify_finds_one_flipped_bit_in_an_archive(bundle: Path) -> None:
    """A bit that changed on the way is found wherever it is behind gzip's header."""
    data = pack.pack(read_files(bundle), modified=1)
    path = bundle.parent / "x.tar.gz"
    for position in range(10, len(data), 101):
        changed = bytearray(data)
        changed[position] ^= 1
        path.write_bytes(changed)
        with pytest.raises(LeaseproofError):
            verify(path)


def test_verify_needs_a_bundle(tmp_path: Path) -> None:
    """A path without a bundle is answered with what to run."""
    with pytest.raises(LeaseproofError, match="run invoke ci to make one"):
        verify(tmp_path / "none")
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / ".git").mkdir()
    with pytest.raises(LeaseproofError, match="^got no bundle at .*some; expected"):
        verify(tmp_path / "some")
    assert "missing: 00_README.txt" in verify_files({}).problems[0]

"""The archive."""

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.evidence.pack import pack, write_archive


def test_pack_gives_the_same_bytes_for_the_same_files() -> None:
    """Neither the order of the files nor the moment changes the archive."""
    assert pack({"b": b"2", "a": b"1"}, modified=5) == pack({"a": b"1", "b": b"2"}, modified=5)


def test_pack_names_no_owner_no_moment_and_no_machine() -> None:
    """Every member is owned by 0, has the commit's time, and the gzip header has neither name nor time."""
    data = pack({"b": b"2", "a": b"1"}, modified=5)
    assert data[:4] == b"\x1f\x8b\x08\x00" and data[4:8] == bytes(4)
    members = tarfile.open(fileobj=io.BytesIO(gzip.decompress(data))).getmembers()
    assert [each.name for each in members] == ["outbox-evidence/a", "outbox-evidence/b"]
    assert {(each.uid, each.gid, each.uname, each.gname, each.mtime, each.mode) for each in members} == {
        (0, 0, "", "", 5, 0o644)
    }


def test_archive_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A place that cannot be written is answered in one sentence."""
    (tmp_path / "file").touch()
    with pytest.raises(LeaseproofError, match="expected a place that can be written"):
        write_archive(b"", tmp_path / "file" / "x.tar.gz")

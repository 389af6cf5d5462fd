"""The archive of a bundle: the same bytes for the same bundle, whoever packs it, wherever and whenever."""

import gzip
import io
import os
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

from leaseproof.errors import LeaseproofError
from leaseproof.evidence.reading import read_files

TOP = "outbox-evidence"
ARCHIVE = Path("reports/outbox-evidence.tar.gz")


def pack(files: Mapping[str, bytes], *, modified: int) -> bytes:
    """Return the archive: sorted names, owner 0, one time, a gzip header without name and time.

    Args:
        files: name → bytes.
        modified: of every file, seconds since the epoch: the commit's time.
    """
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files, key=str.encode):
            member = tarfile.TarInfo(f"{TOP}/{name}")
            member.size, member.mtime, member.mode = len(files[name]), modified, 0o644
            archive.addfile(member, io.BytesIO(files[name]))
    return gzip.compress(plain.getvalue(), compresslevel=9, mtime=0)


def pack_bundle(directory: Path, path: Path, *, modified: int) -> None:
    """Put the archive of a bundle in its place.

    Args:
        directory: the bundle, or an archive of it.
        path: of the archive.
        modified: the commit's time, seconds since the epoch.

    Raises:
        LeaseproofError: the bundle cannot be read, or the place cannot be written.
    """
    write_archive(pack(read_files(directory), modified=modified), path)


def write_archive(data: bytes, path: Path) -> None:
    """Put the archive in its place with one rename.

    Raises:
        LeaseproofError: the place cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            file.write(data)
        os.chmod(file.name, 0o644)
        os.replace(file.name, path)
    except OSError as error:
        raise LeaseproofError(
            f"got {error.strerror} at {path}; expected a place that can be written; free it and pack again"
        ) from None

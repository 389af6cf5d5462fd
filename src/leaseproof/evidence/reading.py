"""Reading a bundle that somebody else made: a folder or a packed archive, trusted in nothing."""

import gzip
import io
import json
import os
import stat
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from leaseproof.errors import LeaseproofError
from leaseproof.evidence.bundle import (
    CATALOG_FILES,
    DIRECTORY,
    FILES,
    OWN_FILES,
    RESULTS,
    RUN,
    WITHHELD,
    encoded,
)
from leaseproof.evidence.record import FORMAT, Record

LARGEST_BUNDLE = 256 * 2**20  # bytes of all files together
LARGEST_LISTING = 1000  # files


def read_files(path: Path) -> Mapping[str, bytes]:
    """Return file name → bytes of a bundle.

    Args:
        path: a folder, or an archive that ``evidence.pack`` made.

    Raises:
        LeaseproofError: it cannot be read, or holds what no bundle holds: a link, a folder, a name with a
            path, a name twice.
    """
    if path.is_file():
        return _archive(path)
    try:
        names = set(os.listdir(path)) if path.is_dir() else set()
    except OSError as error:
        raise LeaseproofError(
            f"got {error.strerror} at {path}; expected a bundle that can be read; unlock it"
        ) from None
    if not names & set(FILES):
        raise LeaseproofError(
            f"got no bundle at {path}; expected a folder such as {DIRECTORY} or its archive; name another"
            " path, or run invoke ci to make one"
        )
    return _folder(path)


def record_of(files: Mapping[str, bytes]) -> Record:
    """Return the record that a bundle was written from.

    Raises:
        LeaseproofError: a file of it cannot be read.
    """
    values = json_of(files, RESULTS)
    try:
        fields = {
            name: value
            for name, value in values.items()
            if name not in ("format", "verdict", "result", "population")
        }
        steps = {step["name"]: step["state"] for step in fields["steps"]}
        texts = {name: files[name].decode() for name in FILES if name in files}
        own: dict[str, Any] = {"run": json_of(files, RUN)}
        if fields["server_version"]:
            own["catalog"] = {name: texts[name] for name in CATALOG_FILES}
        if steps.get("guardrails", "skipped") != "skipped":
            own |= {"guardrails": texts["10_guardrails.txt"], "sarif": texts["guardrails.sarif"]}
        if steps.get("strength", "skipped") != "skipped":
            own["strength"] = texts["12_proof_strength.txt"]
        if set(fields) & set(OWN_FILES):
            raise ValueError("fields that have files of their own")
        return Record.from_json({**fields, **own})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise LeaseproofError(
            f"got a {RESULTS} that is none ({type(error).__name__}: {str(error)[:200]}); expected the file of"
            " a gate's run; make it anew"
        ) from None


def json_of(files: Mapping[str, bytes], name: str) -> dict[str, Any]:
    """Return one JSON file of a bundle.

    Raises:
        LeaseproofError: it is missing, no JSON object, or of another format.
    """
    try:
        if files[name] == encoded(WITHHELD):
            raise LeaseproofError(
                f"got a {name} that was withheld, because it held the database's password; expected the"
                " results; mend what printed it and run the gate again"
            )
        value = json.loads(files[name].decode())
        if not isinstance(value, dict):
            raise ValueError("no object")
    except KeyError:
        raise LeaseproofError(f"got no {name}; expected it in every bundle; get the whole bundle") from None
    except (ValueError, RecursionError) as error:
        raise LeaseproofError(
            f"got a {name} that cannot be read ({str(error)[:200]}); expected JSON; get the bundle again"
        ) from None
    if name in (RESULTS, RUN) and value.get("format") != FORMAT:
        raise LeaseproofError(
            f"got format {value.get('format')!r} in {name}; expected {FORMAT}; verify with the version of"
            " leaseproof that wrote it"
        )
    return value


def _folder(path: Path) -> Mapping[str, bytes]:
    files: dict[str, bytes] = {}
    room = LARGEST_BUNDLE
    for name in sorted(os.listdir(path))[:LARGEST_LISTING]:
        _check_name(name)
        try:
            # Opened without following a link or waiting for a writer, then judged by what was opened.
            descriptor = os.open(path / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            raise _hostile(f"{name!r}, which is a link or cannot be read ({error.strerror})") from None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise _hostile(f"{name!r}, which is no regular file")
        with os.fdopen(descriptor, "rb") as file:
            files[name] = file.read(room + 1)
        room -= len(files[name])
        if room < 0:
            raise _hostile(f"more than {LARGEST_BUNDLE} bytes")
    return files


def _archive(path: Path) -> Mapping[str, bytes]:
    try:
        with gzip.open(path) as packed:
            data = packed.read(LARGEST_BUNDLE + 1)
        if len(data) > LARGEST_BUNDLE:
            raise _hostile(f"more than {LARGEST_BUNDLE} bytes")
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            return dict(_members(archive))
    except (
        OSError,
        EOFError,
        zlib.error,
        tarfile.TarError,
        ValueError,
        OverflowError,
        RecursionError,
    ) as error:
        raise LeaseproofError(
            f"got {path.name}, which cannot be read as an archive ({str(error)[:200]}); expected a whole"
            " .tar.gz that evidence.pack made; get it again"
        ) from None


def _members(archive: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    seen: set[str] = set()
    tops: set[str] = set()
    for number, member in enumerate(archive):
        if number > LARGEST_LISTING:
            raise _hostile(f"more than {LARGEST_LISTING} files")
        top, slash, name = member.name.partition("/")
        tops.add(top)
        if not slash or top in ("", ".", "..") or len(tops) > 1:
            raise _hostile(f"the name {member.name!r}")
        _check_name(name)
        if not member.isreg():
            raise _hostile(f"{name!r}, which is no regular file")
        if name in seen:
            raise _hostile(f"{name!r} twice")
        seen.add(name)
        file = archive.extractfile(member)
        data = file.read() if file else b""
        if len(data) != member.size:
            raise tarfile.ReadError("unexpected end of data")
        yield name, data


def _check_name(name: str) -> None:
    if not name or "/" in name or "\\" in name or name in (".", "..") or not name.isprintable():
        raise _hostile(f"the name {name!r}")


def _hostile(what: str) -> LeaseproofError:
    return LeaseproofError(
        f"got {what} in the bundle; expected the plain files of a bundle alone; get it again from who made it"
    )

"""Where private servers live: a folder of this user, in it one a server, each with a lock while in use."""

import fcntl
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leaseproof.database import binaries, watchdog
from leaseproof.errors import LeaseproofError

LONGEST_BASE = 60  # bytes; a socket's whole path may have 103


def base_directory() -> Path:
    """Return the folder of all private servers of this user, made when missing.

    Raises:
        LeaseproofError: somebody else has a folder or link of that name.
    """
    base = next(
        place / f"leaseproof-{os.getuid()}"
        for place in (Path(tempfile.gettempdir()).resolve(), Path("/tmp"))
        if place == Path("/tmp")
        or (len(os.fsencode(place)) < LONGEST_BASE and binaries.readable_by_all(place))
    )
    mode = 0o711 if os.getuid() == 0 else 0o700
    try:
        base.mkdir(mode=mode)
        base.chmod(mode)
    except FileExistsError:
        pass
    found = base.lstat()
    if base.is_symlink() or not base.is_dir() or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise LeaseproofError(
            f"got {base}, which others can write or own; expected a folder of this user alone; remove it "
            "or set TMPDIR"
        )
    return base


def sweep() -> None:
    """Remove what a killed run left: its server, when that survived, and its directory."""
    base = base_directory()
    for directory in sorted(base.iterdir()):
        if not directory.is_dir():
            continue
        with locked(base / "lock"):
            lock = try_lock(directory / "lock")
        if lock is None:
            continue
        _end_orphan(directory / "data")
        shutil.rmtree(directory, ignore_errors=True)
        os.close(lock)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file; waits for it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def try_lock(path: Path) -> int | None:
    """Return a descriptor that holds the lock of a file, or nothing when that cannot be had now."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def is_held(path: Path) -> bool:
    """Return whether a living process holds the lock of a file."""
    descriptor = try_lock(path)
    if descriptor is None:
        return path.exists()
    os.close(descriptor)
    return False


def _end_orphan(data: Path) -> None:
    """End a server whose watchdog was killed; only a process that works in this very data directory."""
    try:
        process = int((data / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return
    deadline = time.monotonic() + watchdog.STOP_SECONDS
    number = signal.SIGQUIT
    while _works_in(process, data):
        try:
            os.kill(process, number)
        except ProcessLookupError:
            return
        if time.monotonic() > deadline:
            return
        select.select([], [], [], 0.02)
        number = signal.SIGKILL if time.monotonic() > deadline - watchdog.STOP_SECONDS / 2 else signal.SIGQUIT


def _works_in(process: int, data: Path) -> bool:
    try:
        return Path(os.readlink(f"/proc/{process}/cwd")) == data
    except OSError:
        if Path("/proc/self").exists():
            return False
        shown = subprocess.run(
            ["ps", "-o", "args=", "-p", str(process)], capture_output=True, text=True, check=False
        )
        return str(data) in shown.stdout

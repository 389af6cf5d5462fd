"""What is asked of the gate, and where it works."""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from leaseproof.errors import LeaseproofError

WORK = Path(".leaseproof/gate")  # of one run; made anew by the next
LOCK = Path(".leaseproof/gate.lock")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked of the gate."""

    root: Path
    url: str | None = field(default=None, repr=False)  # somebody's server; None: a private one
    no_db: bool = False
    strength: bool = True  # whether the proofs' strength is measured
    shard: tuple[int, int] = (1, 1)
    environment: Mapping[str, str] = field(
        default_factory=dict, repr=False
    )  # of the processes that it starts
    workers: int = 1
    in_actions: bool = False
    summary_file: Path | None = None  # GITHUB_STEP_SUMMARY

    def work(self, name: str) -> Path:
        """Return the place of a file that lives as long as the run."""
        return self.root / WORK / name


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Hold the checkout's gate, and clear what a killed one left.

    Raises:
        LeaseproofError: another gate holds it, or the checkout cannot be written.
    """
    path = root / LOCK
    try:
        path.parent.mkdir(exist_ok=True)
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise LeaseproofError(
            f"got {error.strerror} at {path}; expected a checkout that can be written; unlock it"
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise LeaseproofError(
            "got a gate that already runs in this checkout; expected none; wait for it or end it"
        ) from None
    try:
        shutil.rmtree(root / WORK, ignore_errors=True)
        (root / WORK).mkdir(mode=0o700)
        yield
    finally:
        shutil.rmtree(root / WORK, ignore_errors=True)
        os.close(lock)

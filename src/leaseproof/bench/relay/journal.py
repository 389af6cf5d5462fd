"""A signal hook that writes every increment down at once, so that it outlives a process that is killed."""

import json
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path


class JournalHook:
    """Appends one line an increment, in one write each.

    Args:
        path: the journal of one process.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def count(self, name: str, amount: int) -> None:
        """Write an increment."""
        os.write(self._file, json.dumps([name, amount]).encode() + b"\n")

    def gauge(self, name: str, value: int) -> None:
        """Write nothing: a reading is no event."""


def from_environment(environment: Mapping[str, str]) -> JournalHook:
    """Return the hook for SIGNAL_HOOK=leaseproof.bench.relay.journal:from_environment."""
    return JournalHook(Path(environment["SIGNAL_JOURNAL"]))


def totals(path: Path) -> Counter[str]:
    """Return the sums of one process's journal."""
    counted: Counter[str] = Counter()
    for text in path.read_text().splitlines() if path.exists() else ():
        name, amount = json.loads(text)
        counted[name] += amount
    return counted

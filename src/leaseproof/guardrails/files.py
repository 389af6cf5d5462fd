"""Which files are checked: what git tracks or would track, else what lies there."""

import os
import subprocess
from pathlib import Path

from leaseproof.errors import LeaseproofError
from leaseproof.guardrails.source import Source

LARGEST_BYTES = 2_000_000
SKIPPED_FOLDERS = ("node_modules", "__pycache__")


def read_sources(root: Path) -> tuple[tuple[Source, ...], tuple[str, ...]]:
    """Return every text file of a folder, sorted, and the paths of those that are not text or too large.

    Args:
        root: the folder.

    Raises:
        LeaseproofError: there is no such folder.
    """
    if not root.is_dir():
        raise LeaseproofError(f"got the folder {root}; expected one that exists; correct --path")
    sources, skipped = [], []
    for path in _listed(root):
        full = root / path
        if full.is_symlink() or not full.is_file():
            continue
        try:
            if full.stat().st_size > LARGEST_BYTES:
                raise ValueError
            content = full.read_bytes()
            if b"\0" in content:
                raise ValueError
            sources.append(Source(path, content.decode("utf-8")))
        except (OSError, ValueError):
            skipped.append(path)
    return tuple(sources), tuple(skipped)


def _listed(root: Path) -> list[str]:
    answer = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=False,
    )
    if answer.returncode == 0:
        return sorted(set(filter(None, answer.stdout.decode("utf-8", "surrogateescape").split("\0"))))
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in SKIPPED_FOLDERS
        )
        found += [
            (Path(folder) / name).relative_to(root).as_posix() for name in names if not name.startswith(".")
        ]
    return sorted(found)

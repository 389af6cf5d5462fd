"""What is being judged: the commit, what differs from it, and the digests of model, proofs and tests."""

import hashlib
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DIGESTED = (("sql", ".sql"), ("proofs", ".sql"), ("proofs", ".toml"), ("tests", ".py"))
GIT_SECONDS = 30
CLAIM = re.compile(r"^## Claim[ \t]*\n(.*?)(?=^#{1,2} |\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Source:
    """The tree that the gate judges."""

    commit: str = ""  # "" when the tree is in no git that this user may read
    commit_time: int = 0  # seconds since the epoch
    dirty: tuple[str, ...] = ()
    digests: Mapping[str, str]
    expected_proofs: tuple[str, ...]  # SQL files, also the one that a lone manifest misses
    claims: Mapping[str, str]  # invariant -> what it claims


def read_source(root: Path) -> Source:
    """Return what stands in the tree now."""
    commit, time = _git(root, "log", "-1", "--format=%H %ct").strip().partition(" ")[::2]
    status = _git(root, "status", "--porcelain=v1", "--untracked-files=all", "--no-renames", "-z")
    return Source(
        commit=commit,
        commit_time=int(time or 0),
        dirty=tuple(sorted(entry[3:] for entry in status.split("\0") if entry)),
        digests=digests(root),
        expected_proofs=expected_proofs(root),
        claims=claims(root),
    )


def digests(root: Path) -> Mapping[str, str]:
    """Return path relative to the root → sha256 of each file of the model, the proofs and the tests."""
    paths = {
        path for folder, ending in DIGESTED for path in (root / folder).rglob(f"*{ending}") if path.is_file()
    }
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(paths)
    }


def expected_proofs(root: Path) -> tuple[str, ...]:
    """Return the proofs that lie under ``proofs/``, one for each name that has either of its two files."""
    folder = root / "proofs"
    stems = {path.with_suffix(".sql") for ending in (".sql", ".toml") for path in folder.rglob(f"*{ending}")}
    return tuple(sorted(path.relative_to(root).as_posix() for path in stems))


def claims(root: Path) -> Mapping[str, str]:
    """Return invariant → the text under "## Claim" of its page in docs/invariants/, white space folded."""
    found = {}
    for path in sorted((root / "docs" / "invariants").glob("*.md")):
        match = CLAIM.search(path.read_text(encoding="utf-8", errors="replace"))
        if match and (text := " ".join(match[1].split())):
            found[path.stem] = text
    return found


def _git(root: Path, *arguments: str) -> str:
    try:
        answer = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            check=True,
            timeout=GIT_SECONDS,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.decode("utf-8", "replace")

"""The guardrails as the gate runs them: the task itself, in a process that is told to query no database."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from leaseproof.errors import LeaseproofError

NO_QUERY = {"ENFORCE_NO_DB_QUERY": "1"}
SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Report:
    """What the static rules found."""

    text: str = ""  # as the task prints it; "": not run
    sarif: str = ""
    passed: bool = False

    @property
    def last_line(self) -> str:
        """Return what the task said last."""
        lines = [line.strip() for line in self.text.splitlines() if line.strip()]
        return lines[-1] if lines else "it said nothing"


def check(root: Path, *, sarif: Path, environment: Mapping[str, str]) -> Report:
    """Run ``invoke guardrails`` on the project.

    Args:
        root: the project.
        sarif: where the task writes its findings for code scanners.
        environment: of the task; it names no database.

    Raises:
        LeaseproofError: the task did not come to an end.
    """
    command = [sys.executable, "-m", "invoke", "guardrails", "--sarif", str(sarif)]
    try:
        ended = subprocess.run(
            command,
            cwd=root,
            env={**environment, **NO_QUERY},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise LeaseproofError(f"invoke guardrails did not end in {SECONDS} seconds; expected an answer; run it alone") from None
    return Report(
        text=ended.stdout.decode("utf-8", "replace"),
        sarif=sarif.read_text(encoding="utf-8") if sarif.is_file() else "",
        passed=ended.returncode == 0,
    )

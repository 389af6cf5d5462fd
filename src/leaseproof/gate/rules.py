"""The guardrails as the gate runs them: a database query outside its module is an error."""

from dataclasses import dataclass
from pathlib import Path

from leaseproof.errors import LeaseproofError
from leaseproof.guardrails.engine import run_guardrails
from leaseproof.guardrails.report import to_sarif, to_text


@dataclass(frozen=True, kw_only=True)
class Report:
    """What the static rules found."""

    text: str = ""  # "": not run
    sarif: str = ""
    passed: bool = False

    @property
    def summary(self) -> str:
        """Return the report's last line."""
        return self.text.rstrip().rpartition("\n")[2]


def check(root: Path) -> Report:
    """Check the project as ``ENFORCE_NO_DB_QUERY=1 invoke guardrails`` does.

    Raises:
        LeaseproofError: nothing was read, or the rules' settings are not what they should be.
    """
    found = run_guardrails(root, enforce_no_db_query=True)
    if not found.files:
        raise LeaseproofError("the guardrails read no file; expected a project; run from its root")
    return Report(text=to_text(found), sarif=to_sarif(found), passed=found.passed)

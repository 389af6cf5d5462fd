"""The static rules, on this code base or another."""

from pathlib import Path

from invoke import Context, Exit

from leaseproof.commands.context import command, settings_from_environment
from leaseproof.errors import LeaseproofError
from leaseproof.guardrails.engine import run_guardrails
from leaseproof.guardrails.report import to_sarif, to_text


@command(
    help={
        "path": "another code base",
        "format": "text or sarif",
        "sarif": "also write the findings there as SARIF 2.1.0",
    }
)
def guardrails(_context: Context, path: str = "", format: str = "text", sarif: str = "") -> None:
    """Check the static rules that keep old patterns out."""
    settings = settings_from_environment()
    if format not in ("text", "sarif"):
        raise LeaseproofError(f"got --format {format}; expected text or sarif")
    report = run_guardrails(Path(path) if path else settings.root, enforce_no_db_query=settings.no_db_query)
    if sarif:
        Path(sarif).write_text(to_sarif(report), encoding="utf-8")
    print((to_text if format == "text" else to_sarif)(report), end="")
    if not report.passed:
        raise Exit(code=1)

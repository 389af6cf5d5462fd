"""The static rules, on this code base or another."""

from pathlib import Path

from invoke import Context, Exit

from leaseproof.commands.context import command, settings_from_environment
from leaseproof.errors import LeaseproofError
from leaseproof.guardrails.engine import run_guardrails
from leaseproof.guardrails.report import to_json, to_sarif, to_text


FORMATS = {"text": to_text, "json": to_json, "sarif": to_sarif}


@command(
    help={
        "path": "another code base",
        "format": "text, json or sarif (SARIF 2.1.0)",
        "output": "write the report there; the findings are still printed as text",
    }
)
def guardrails(_context: Context, path: str = "", format: str = "text", output: str = "") -> None:
    """Check the static rules that keep old patterns out."""
    settings = settings_from_environment()
    if format not in FORMATS:
        raise LeaseproofError(
            f"got --format {format}; expected one of {', '.join(FORMATS)}; correct --format"
        )
    report = run_guardrails(Path(path) if path else settings.root, enforce_no_db_query=settings.no_db_query)
    if output:
        try:
            Path(output).write_text(FORMATS[format](report), encoding="utf-8")
        except OSError as error:
            raise LeaseproofError(
                f"got --output {output}: {error.strerror}; expected a file; correct --output"
            ) from None
    print((to_text if output else FORMATS[format])(report), end="")
    if not report.passed:
        raise Exit(code=1)

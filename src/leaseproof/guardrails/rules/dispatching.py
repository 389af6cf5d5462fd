"""LP004: the old state DISPATCHING is never written."""

import ast
import re
from collections.abc import Iterable, Iterator

from leaseproof.guardrails.rule import Rule
from leaseproof.guardrails.source import Source

_WRITE = re.compile(r"\b(?:insert\s+into|update|copy|merge\s+into)\b[^;]*'dispatching'")


def _check(sources: Iterable[Source]) -> Iterator[tuple[Source, int, str]]:
    for source in sources:
        for fragment in source.fragments:
            for match in _WRITE.finditer(fragment.text):
                yield source, fragment.offset + (0 if source.is_python else match.start()), "got a write of the state DISPATCHING"
        for node in ast.walk(source.tree) if source.tree is not None else ():
            if isinstance(node, ast.Constant) and node.value == "DISPATCHING":
                lines = source.text.splitlines(keepends=True)
                yield source, sum(map(len, lines[: node.lineno - 1])) + node.col_offset, "got the state DISPATCHING as a value"


RULE = Rule(
    code="LP004",
    name="no DISPATCHING row",
    why="The lease alone says who is dispatching. A second record of it can disagree, and old code acts on it.",
    fix="write nothing before the rail has answered; the lease is the record",
    bad={"app/start.py": 'execute("INSERT INTO attempts (state) VALUES (%s)", ["DISPATCHING"])\n'},
    good={"app/start.py": 'calls.complete(lease, "DISPATCHED")\n'},
    check=_check,
)

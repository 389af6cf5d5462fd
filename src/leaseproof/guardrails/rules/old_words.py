"""LP007: the old word for a payment whose worker died is gone."""

import re
from collections.abc import Iterable, Iterator

from leaseproof.guardrails.rule import Rule
from leaseproof.guardrails.source import Source

OLD_WORD = "zom" + "bie"  # in two pieces, so that the word itself stands nowhere
_OLD = re.compile(r"z[\W_]?o[\W_]?m[\W_]?b[\W_]?i[\W_]?e", re.IGNORECASE)


def _check(sources: Iterable[Source]) -> Iterator[tuple[Source, int, str]]:
    for source in sources:
        if _OLD.search(source.path):
            yield source, 0, "got the old word in the file's name"
        for match in _OLD.finditer(source.text):
            yield source, match.start(), "got the old word"


RULE = Rule(
    code="LP007",
    name="no old terminology",
    why="One thing has one name. The old one suggests that a lost lease is dead; it is repaired.",
    fix="say lease repair",
    bad={"docs/runbook.md": f"Look for {OLD_WORD}s first.\n"},
    good={"docs/runbook.md": "Look at lease repair first.\n"},
    check=_check,
)

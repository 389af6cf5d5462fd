"""LP004: the old state DISPATCHING is never written."""

import re
from collections.abc import Iterable, Iterator

from leaseproof.guardrails.rule import Rule
from leaseproof.guardrails.source import Source

_STATE = r"(?:'|\$\w*\$)dispatching\s*(?:'|\$\w*\$)"
_WRITE = re.compile(
    r"\b(?:insert\s+into|update|copy|merge\s+into|complete_outbox_attempts?\s*\(|report_late_outcome\s*\()[^;]*?"
    + _STATE
)
_COPIED = re.compile(r"\bcopy\b[^;]*\bfrom\s+stdin\b[^;]*;(?:(?!\n\\\.).)*?\bdispatching\b", re.DOTALL)


def _check(sources: Iterable[Source]) -> Iterator[tuple[Source, int, str]]:
    for source in sources:
        for fragment in source.fragments:
            for pattern in (_WRITE, _COPIED):
                for match in pattern.finditer(fragment.text):
                    yield source, fragment.place(match.start()), "got a write of the state DISPATCHING"
            if fragment.literal and fragment.value == "DISPATCHING":
                yield source, fragment.offset, "got the state DISPATCHING as a value"


RULE = Rule(
    code="LP004",
    name="no DISPATCHING row",
    why="The lease alone says who is dispatching. A second record can disagree, and old code acts on it.",
    fix="write nothing before the rail has answered; the lease is the record",
    bad={"app/start.py": 'execute("INSERT INTO attempts (state) VALUES (%s)", ["DISPATCHING"])\n'},
    good={"app/start.py": 'calls.complete(lease, "DISPATCHED")\n'},
    check=_check,
)

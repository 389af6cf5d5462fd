"""LP003: a claim never deletes the row that it takes."""

import re
from collections.abc import Iterable, Iterator

from leaseproof.guardrails.rule import Rule
from leaseproof.guardrails.source import Source
from leaseproof.guardrails.sqltext import HOLE

_TABLE = rf"delete\s+from\s+(?:only\s+)?(?:[\w{HOLE}]+\s*\.\s*)*payment_outbox_(?:pending\b|{HOLE})"
_DELETE = re.compile(rf"\b{_TABLE}[^;]*?\b(?:returning|skip\s+locked)\b|\bskip\s+locked\b[^;]*?\b{_TABLE}")


def _check(sources: Iterable[Source]) -> Iterator[tuple[Source, int, str]]:
    for source in sources:
        for fragment in source.fragments:
            for match in _DELETE.finditer(fragment.text):
                yield source, fragment.place(match.start()), "got a claim that deletes its row"


RULE = Rule(
    code="LP003",
    name="no delete on claim",
    why="A worker that deletes what it takes loses the payment when it dies: nobody can repair it.",
    fix="lease the row with claim_outbox_batch; it leaves the queue with its outcome",
    bad={"app/queue.sql": "DELETE FROM payment_outbox_pending WHERE outbox_id = 1\nRETURNING *;\n"},
    good={"app/queue.sql": "SELECT * FROM claim_outbox_batch(10, 'worker-1', 60);\n"},
    check=_check,
)

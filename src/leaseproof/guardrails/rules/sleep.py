"""LP010: no proof waits for time to pass."""

import re
from collections.abc import Iterable, Iterator

from leaseproof.guardrails.rule import Rule
from leaseproof.guardrails.source import Source

_SLEEP = re.compile(r"\bpg_sleep\w*\s*\(")


def _check(sources: Iterable[Source]) -> Iterator[tuple[Source, int, str]]:
    for source in sources:
        if source.path.startswith("proofs/") and source.path.endswith(".sql"):
            for match in _SLEEP.finditer(source.fragments[0].text):
                yield source, match.start(), "got a sleep in a proof"


RULE = Rule(
    code="LP010",
    name="no sleep in a proof",
    why="A sleep is a guess about another session: too short on a slow machine, too long on every other.",
    fix="make the order with locks or a schedule, and expire a lease by moving lease_expires_at",
    bad={"proofs/time/a_wait.sql": "-- A wait.\nSELECT pg_sleep(1);\n"},
    good={"proofs/time/a_wait.sql": "-- No wait.\nUPDATE t SET lease_expires_at = clock_timestamp();\n"},
    check=_check,
)

"""LP009: the settings of the lease have one name each."""

import re
from collections.abc import Iterable, Iterator

from leaseproof.guardrails.rule import Rule
from leaseproof.guardrails.source import Source

_OTHER_NAMES = re.compile(
    r"\b(?:[A-Z]+_LEASE_(?:SECONDS|REPAIR_BATCH_SIZE)|VISIBILITY_TIMEOUT(?:_\w+)?"
    r"|LEASE_(?:TIME|MINUTES|MILLIS|MILLISECONDS|MS|BATCH|BATCH_SIZE|REPAIR_(?:BATCH|SIZE|LIMIT|COUNT))"
    r"|LEASE_(?:TIMEOUT|TTL|DURATION|LENGTH|EXPIRY)(?:_(?:SECONDS|SECS|MS))?|LEASE_SECS|CLAIM_TIMEOUT(?:_\w+)?"
    r"|(?:REAPER|STALE|ORPHAN|STUCK)_\w*(?:SECONDS|SIZE|TIMEOUT|INTERVAL|BATCH)|(?<!LEASE_)REPAIR_BATCH_SIZE)\b"
)


def _check(sources: Iterable[Source]) -> Iterator[tuple[Source, int, str]]:
    for source in sources:
        for match in _OTHER_NAMES.finditer(source.text):
            yield source, match.start(), f"got the key {match.group()}"


RULE = Rule(
    code="LP009",
    name="lease settings under their own names",
    why="Two keys for one thing are set to two values.",
    fix="use LEASE_SECONDS and LEASE_REPAIR_BATCH_SIZE",
    bad={"deploy/worker.env": "LEASE_" + "TIMEOUT=60\n"},
    good={"deploy/worker.env": "LEASE_SECONDS=60\n"},
    check=_check,
)

"""LP005: the queue and the ledger are written by the model's functions alone."""

import re
from collections.abc import Iterable, Iterator

from leaseproof.guardrails.rule import Rule
from leaseproof.guardrails.source import HOLE, TABLES, Source

_VERB = r"\b(insert\s+into|update(?:\s+only)?|delete\s+from(?:\s+only)?|truncate(?:\s+table)?(?:\s+only)?|merge\s+into(?:\s+only)?|copy)\s+"
_DIRECT = re.compile(rf"{_VERB}(?:\w+\s*,\s*)*(?:(?:public|{HOLE}\s*)\s*\.\s*)?({'|'.join(TABLES)})\b(?!\s*(?:\([^)]*\)\s*)?to\b)")
_DYNAMIC = re.compile(rf"{_VERB}(?:public\s*\.\s*)?(?:{HOLE}|%[is]|'\s*\|\|)")
_ANY_TABLE = re.compile("|".join(TABLES))


def _check(sources: Iterable[Source]) -> Iterator[tuple[Source, int, str]]:
    for source in sources:
        for fragment in source.fragments:
            for match in _DIRECT.finditer(fragment.text):
                verb = match[1].split()[0].upper()
                yield source, fragment.offset + (0 if source.is_python else match.start()), f"got {verb} on {match[2]}"
            # A statement put together at run time, in a file that names these tables, cannot be shown to be harmless.
            if _ANY_TABLE.search(source.text.lower()):
                for match in _DYNAMIC.finditer(fragment.text):
                    verb = match[1].split()[0].upper()
                    yield source, fragment.offset + (0 if source.is_python else match.start()), f"got {verb} on a table that is only known at run time"


RULE = Rule(
    code="LP005",
    name="no direct write to the queue or the ledger",
    why="Each write has its rule in a function of the model. A write from outside knows none of them.",
    fix="call the function of the model that does this",
    bad={"app/fix.py": 'SQL = (\n    "UPDATE public."\n    "payment_outbox_pending SET claimed_by = NULL"\n)\n'},
    good={"app/fix.py": 'SQL = "SELECT * FROM repair_expired_leases(100, %s)"\n'},
    check=_check,
)

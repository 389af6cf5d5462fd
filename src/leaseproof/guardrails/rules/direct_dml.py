"""LP005: the queue and the ledger are written by the model's functions alone."""

import re
from collections.abc import Iterable, Iterator

from leaseproof.guardrails.rule import Rule
from leaseproof.guardrails.source import TABLES, Source
from leaseproof.guardrails.sqltext import HOLE

_VERB = (
    r"\b(insert\s+into|update(?:\s+only)?|delete\s+from(?:\s+only)?|truncate(?:\s+table)?(?:\s+only)?"
    r"|merge\s+into(?:\s+only)?|copy)\s+"
)
_SCHEMA = rf"(?:[\w{HOLE}]+\s*\.\s*)*"
_TABLE = rf"({'|'.join(TABLES)}|payment_outbox_{HOLE})(?!\w)"
_DIRECT = re.compile(rf"{_VERB}(?:[\w.\s]+,\s*)*{_SCHEMA}{_TABLE}(?!\s*(?:\([^)]*\)\s*)?to\b)")
_UNKNOWN_VERB = re.compile(rf"(?:^|;)\s*({HOLE})\s+(?:into\s+|only\s+)?{_SCHEMA}{_TABLE}")
_UNKNOWN_TABLE = re.compile(rf"{_VERB}{_SCHEMA}(?:{HOLE}|%[is]|'\s*\|\|)")
_OPEN_END = re.compile(rf"{_VERB}$")
_ANY_TABLE = re.compile("|".join(TABLES))
_DRIVER_COPY = re.compile(rf"\.copy_(?:from|records_to_table|to_table)\([^)]*?['\"]({'|'.join(TABLES)})['\"]")


def _check(sources: Iterable[Source]) -> Iterator[tuple[Source, int, str]]:
    for source in sources:
        # Put together at run time, in a file that names these tables: it cannot be shown to be harmless.
        named = any(_ANY_TABLE.search(fragment.text) for fragment in source.fragments)
        for fragment in source.fragments:
            for match in _DIRECT.finditer(fragment.text):
                yield source, fragment.place(match.start()), f"got {_word(match)} on {_shown(match[2])}"
            for match in _UNKNOWN_VERB.finditer(fragment.text) if fragment.literal else ():
                yield (
                    source,
                    fragment.place(0),
                    f"got a statement only known at run time on {_shown(match[2])}",
                )
            for pattern in (_UNKNOWN_TABLE, _OPEN_END) if named else ():
                for match in (
                    pattern.finditer(fragment.text) if fragment.literal or pattern is _UNKNOWN_TABLE else ()
                ):
                    yield (
                        source,
                        fragment.place(match.start()),
                        f"got {_word(match)} on a table only known at run time",
                    )
        if source.is_python:
            for match in _DRIVER_COPY.finditer(source.text):
                yield source, match.start(), f"got COPY on {match[1]}"


def _word(match: re.Match[str]) -> str:
    return match[1].split()[0].upper()


def _shown(table: str) -> str:
    return table.replace(HOLE, "…")


RULE = Rule(
    code="LP005",
    name="no direct write to the queue or the ledger",
    why="Each write has its rule in a function of the model. A write from outside knows none of them.",
    fix="call the function of the model that does this",
    bad={
        "app/fix.py": 'SQL = (\n    "UPDATE public."\n    "payment_outbox_pending SET claimed_by = NULL"\n)\n'
    },
    good={"app/fix.py": 'SQL = "SELECT * FROM repair_expired_leases(100, %s)"\n'},
    check=_check,
)

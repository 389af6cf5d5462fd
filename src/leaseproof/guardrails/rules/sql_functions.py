"""LP008: what every function in sql/ must have and must not do."""

import re
from collections.abc import Iterable, Iterator

from leaseproof.guardrails.rule import Rule
from leaseproof.guardrails.source import Source

_FUNCTION = re.compile(
    r"\bcreate\s+(?:or\s+replace\s+)?(?:function|procedure)\s+([\w.]+)(.*?)"
    r"(?:\bas\s+(?:[$'])|\breturn\b|\bbegin\s+atomic\b|;)",
    re.DOTALL,
)
_PINNED = re.compile(r"\bset\s+search_path\s*(?:=|to)\s*pg_catalog\s*,\s*pg_temp\s*(?=\n|$|\bas\b|\w)")
_LITERAL = r"'(?:[^']|'')*'"
_BARE = (
    (re.compile(rf"\braise\s+(?:exception\s+)?(?='|using\b)(?:{_LITERAL}|(?!errcode)[^;'])*;"),
     "a RAISE without ERRCODE"),
    (re.compile(r"\bgrant\b[^;]*\bto\s+(?:[\w, ]+,\s*)?public\b"), "a grant to PUBLIC"),
    (re.compile(r"\balter\s+(?:function|procedure|routine)\b[^;]*\b(?:reset\s+(?:all|search_path)"
                r"|set\s+search_path\s*(?:=|to)\s*(?!pg_catalog\s*,\s*pg_temp\s*;))"),
     "a search_path that is unpinned"),
    (re.compile(r"(?<!default )(?:\bnow\s*\(\s*\)|\bcurrent_(?:timestamp|date|time)\b|\blocaltime(?:stamp)?\b"
                r"|\b(?:transaction|statement)_timestamp\s*\(|'now'\s*::|\b(?:timestamptz|timestamp|date)\s*'now')"),
     "a clock that stands still in a transaction"),
    (re.compile(r"\bcurrent_setting\s*\(\s*(?:'\w+\.\w+|(?!'))"),
     "a limit that is read from a session setting"),
)  # fmt: skip


def _check(sources: Iterable[Source]) -> Iterator[tuple[Source, int, str]]:
    for source in sources:
        if not (source.path.startswith("sql/") and source.path.endswith(".sql")):
            continue
        text = source.fragments[0].text
        for match in _FUNCTION.finditer(text):
            if not _PINNED.search(match[2]):
                yield (
                    source,
                    match.start(),
                    f"got the function {match[1]} without SET search_path = pg_catalog, pg_temp",
                )
        for pattern, what in _BARE:
            for match in pattern.finditer(text):
                yield source, match.start(), f"got {what}"


RULE = Rule(
    code="LP008",
    name="functions of the model are pinned, coded, and have one clock",
    why="Without a pinned path a caller's table stands in for ours; errors without a code look alike.",
    fix="pin the path with pg_temp last, give ERRCODE, use outbox_clock() and outbox_settings, grant to a role",
    bad={"sql/99_extra.sql": "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;\n"},
    good={
        "sql/99_extra.sql": "CREATE FUNCTION f() RETURNS int LANGUAGE sql\n"
        "SET search_path = pg_catalog, pg_temp\nAS $$ SELECT 1 $$;\n"
    },
    check=_check,
)

"""The parts of SQL text that decide where a statement ends and where a value goes, as psql sees them."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal[
    "space",
    "comment",
    "block",
    "string",
    "dollar",
    "name",
    "variable",
    "colons",
    "word",
    "number",
    "backslash",
    "other",
]

_TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<comment>--[^\n]*)
    | (?P<block>/\*)
    | (?P<string>[eE]'(?:[^'\\]++|\\.|'')*+' | '(?:[^']++|'')*+')
    | (?P<name>"(?:[^"]++|"")*+")
    | (?P<dollar>\$(?:[^\W\d]\w*)?\$)
    | (?P<colons>::|:=)
    | (?P<variable>:'\w+' | :"\w+" | :[^\W\d]\w*)
    | (?P<word>[^\W\d][\w$]*)
    | (?P<number>\$?\d[\w.]*)
    | (?P<backslash>\\(?:[A-Za-z!?]+|.)?)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")


class Token(NamedTuple):
    """One part of the text."""

    kind: Kind
    text: str
    start: int

    @property
    def end(self) -> int:
        """Return the offset behind the token."""
        return self.start + len(self.text)


class Unterminated(Exception):
    """A quote or a block comment that is never closed.

    Args:
        what: in words.
        start: its offset.
    """

    def __init__(self, what: str, start: int) -> None:
        super().__init__(what)
        self.what = what
        self.start = start


def tokens(sql: str) -> Iterator[Token]:
    """Yield the parts of the text in order, without gaps.

    Raises:
        Unterminated: the text ends inside a quote or a block comment.
    """
    position = 0
    while position < len(sql):
        match = _TOKEN.match(sql, position)
        assert match is not None and match.lastgroup is not None
        kind: Kind = match.lastgroup  # type: ignore[assignment]
        end = match.end()
        if kind == "block":
            end = _end_of_block(sql, position)
        elif kind == "dollar":
            closing = sql.find(match.group(), end)
            if closing < 0:
                raise Unterminated(f"quote {match.group()}", position)
            end = closing + len(match.group())
        elif kind == "other" and match.group() in "'\"":
            raise Unterminated(f"quote {match.group()}", position)
        yield Token(kind, sql[position:end], position)
        position = end


def _end_of_block(sql: str, start: int) -> int:
    depth = 0
    for edge in _COMMENT_EDGE.finditer(sql, start):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    raise Unterminated("comment /*", start)

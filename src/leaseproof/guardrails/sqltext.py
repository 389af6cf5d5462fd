"""Text as SQL reads it: without comments, quotes and case, so that none of them hides a word.

Nothing moves by more than the joining of two literals, so an offset still tells the place.
"""

import re

HOLE = "\x00"  # stands where a program puts something in at run time

_QUOTES = "['\"`]"
_JOINS = re.compile(rf"(?:{_QUOTES}\s*(?:\|\||\+|\\\n)\s*{_QUOTES}[^'\"`;]*)+")
_JOIN = re.compile(rf"{_QUOTES}\s*(?:\|\||\+|\\\n)\s*{_QUOTES}")
_LITERAL_OR_COMMENT = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*", re.DOTALL)
_COMMENT = re.compile(r"--[^\n]*|/\*")
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_UNICODE_NAME = re.compile(r"\bu&\"[^\"]*\"", re.IGNORECASE)
_RUN_TIME = re.compile(r"\{\w*\}|(?<![:\w]):[\"']?[a-z_]\w*[\"']?", re.IGNORECASE)
_STOP_IN_LITERAL = re.compile(r"'[^'\s]*;[^'\s]*'")


def readings(text: str) -> tuple[str, ...]:
    """Return how SQL may read a text: comment marks inside quotes taken for text, and taken for comments.

    Both count, since a piece of a program need not begin outside a quote. Usually they are one and the same.
    """
    joined = _JOINS.sub(_close_gaps, text)
    return tuple(
        dict.fromkeys(_folded(_without_comments(joined, mark)) for mark in (_LITERAL_OR_COMMENT, _COMMENT))
    )


def _close_gaps(chain: re.Match[str]) -> str:
    return _JOIN.sub("", chain.group()).ljust(len(chain.group()))


def _without_comments(text: str, marks: re.Pattern[str]) -> str:
    parts, done = [], 0
    while found := marks.search(text, done):
        start, end = found.span()
        parts.append(text[done:start])
        if found.group() == "/*":
            end = _comment_end(text, end)
        if found.group().startswith(("/*", "--")):
            parts.append(re.sub(r"[^\n]", " ", text[start:end]))
        else:
            parts.append(text[start:end])
        done = end
    return "".join((*parts, text[done:]))


def _comment_end(text: str, position: int) -> int:
    """Return where a block comment ends; SQL nests them."""
    depth = 1
    while depth and (edge := _COMMENT_EDGE.search(text, position)):
        depth += 1 if edge.group() == "/*" else -1
        position = edge.end()
    return position if not depth else len(text)


def _folded(text: str) -> str:
    named = _UNICODE_NAME.sub(_hole, text)
    named = _RUN_TIME.sub(_hole, named)
    return (
        _STOP_IN_LITERAL.sub(lambda match: match.group().replace(";", " "), named).replace('"', " ").lower()
    )


def _hole(match: re.Match[str]) -> str:
    return HOLE.ljust(len(match.group()))

"""One statement of a proof: where it ends, what goes in for its values, what `\\gset` says about its answer.

As psql has it: psqlscan.l decides where a statement ends and what a variable is. No I/O.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from leaseproof.proof.lexer import Token, tokens
from leaseproof.proof.nearest import hint
from leaseproof.proof.source import Source

_PREFIX = re.compile(r"[ \t]*(?:'(?P<quoted>\w*)'|(?P<plain>\w*))[ \t]*(?=\n|\\|$)")


@dataclass(frozen=True, kw_only=True)
class Command:
    """One statement, or several joined with psql's `\\;`, sent as one query string."""

    sql: str  # without the ; that ended it
    gset: str | None = None  # \gset's prefix, "" for none; None: no \gset
    line: int = 1  # of the statement's first word in the file
    path: str = field(default="", compare=False)


def split_statements(source: Source, parts: list[Token], *, last: bool) -> tuple[Command, ...]:
    """Split a step's tokens into statements; only the file's last may lack its semicolon, as in psql.

    Args:
        source: of the tokens.
        parts: of one step.
        last: nothing follows the step in the file.

    Raises:
        ProofFileError: a backslash command other than `\\gset` and `\\;`, or a statement without an end.
    """
    commands: list[Command] = []
    open_parts: list[Token] = []
    nesting = _Nesting()
    skip_to = 0
    for part in parts:
        if part.start < skip_to:
            continue
        if part.kind == "backslash" and part.text != "\\;":
            prefix, skip_to = _gset(source, part, open_parts)
            commands.append(_command(source, open_parts, prefix))
            open_parts, nesting = [], _Nesting()
        elif part.text == ";" and not nesting.inside:
            if _has_code(open_parts):
                commands.append(_command(source, open_parts, None))
            open_parts, nesting = [], _Nesting()
        else:
            nesting.take(part)
            open_parts.append(part)
    if _has_code(open_parts):
        if not last:
            code = first_code(open_parts)
            raise source.error(
                "got a statement that is not ended before the next marker; expected ; or \\gset; add"
                " ; at its end",
                code.start,
                len(code.text),
            )
        commands.append(_command(source, open_parts, None))
    return tuple(commands)


def _gset(source: Source, part: Token, statement: list[Token]) -> tuple[str, int]:
    """Return `\\gset`'s prefix and the offset behind it; refuse every other backslash command."""
    if part.text != "\\gset":
        raise source.error(
            f"got backslash command {part.text}; expected SQL, \\gset or \\;; a proof is no psql session:"
            " say it in SQL",
            part.start,
            len(part.text),
        )
    if not _has_code(statement):
        raise source.error(
            "got \\gset without a statement; expected it in place of the statement's semicolon;"
            " remove the ; before it",
            part.start,
            len(part.text),
        )
    match = _PREFIX.match(source.text, part.end)
    if match is None:
        raise source.error(
            "got more than a prefix behind \\gset; expected \\gset or \\gset prefix_ at the end of"
            " the line;"
            " move the rest to the next line",
            part.end + 1,
            len(source.text[part.end + 1 :].split("\n", 1)[0]),
        )
    return match["quoted"] or match["plain"] or "", match.end()


def _command(source: Source, parts: list[Token], gset: str | None) -> Command:
    start = first_code(parts).start
    end = next(part.end for part in reversed(parts) if part.kind != "space")
    pieces = (" ;" if part.text == "\\;" else part.text for part in parts if start <= part.start < end)
    return Command(sql="".join(pieces), gset=gset, line=source.line(start), path=source.path)


def _has_code(parts: list[Token]) -> bool:
    return any(part.kind not in ("space", "comment", "block") for part in parts)


def first_code(parts: list[Token]) -> Token:
    return next(part for part in parts if part.kind not in ("space", "comment", "block"))


def interpolate(command: Command | str, values: Mapping[str, str]) -> str:
    """Put values in as psql does: `:'name'` as a literal, `:"name"` as an identifier, `:name` as it is.

    Nothing is replaced in quotes and comments, in `::` casts and in the bounds of array slices.

    Args:
        command: a statement of a script, or just its text.
        values: what `\\gset` stored.

    Raises:
        ProofFileError: a name has no value.
    """
    sql = command if isinstance(command, str) else command.sql
    pieces, position = [], 0
    for token, may_be_slice in _variables(sql):
        name = token.text[1:].strip("'\"")
        if name not in values:
            if may_be_slice:
                continue
            where = Source("statement", sql) if isinstance(command, str) else _source_of(command)
            known = f" ({', '.join(sorted(values))} so far)" if values else " (none so far)"
            raise where.error(
                f"got {token.text}, which has no value; expected a name that an earlier \\gset stored{known}"
                f"{hint(name, values)}; note that \\gset leaves a NULL column unset",
                token.start,
                len(token.text),
            )
        pieces += [sql[position : token.start], _quoted(token.text[1], values[name])]
        position = token.end
    return "".join([*pieces, sql[position:]]) if pieces else sql


def gset_refusal(row_count: int) -> str | None:
    """Return what psql says when `\\gset` follows a statement that did not return exactly one row, else None.

    Args:
        row_count: rows that the statement returned.
    """
    if row_count == 1:
        return None
    return "no rows returned for \\gset" if row_count == 0 else "more than one row returned for \\gset"


def _source_of(command: Command) -> Source:
    return Source(command.path, command.sql, first_line=command.line)


def _quoted(form: str, value: str) -> str:
    if form == "'":
        doubled = value.replace("'", "''")
        return f" E'{doubled.replace(chr(92), chr(92) * 2)}'" if "\\" in value else f"'{doubled}'"
    if form == '"':
        return '"' + value.replace('"', '""') + '"'
    return value


@lru_cache(maxsize=4096)
def _variables(sql: str) -> tuple[tuple[Token, bool], ...]:
    """Return the places for values, each with whether it may as well be a bound of a slice, as in `a[:n]`."""
    if ":" not in sql:
        return ()
    found, before, brackets = [], "", []
    for token in tokens(sql):
        if token.kind in ("space", "comment", "block"):
            continue
        if token.kind == "variable":
            in_subscript = bool(brackets) and brackets[-1]
            if token.text[1] in "'\"" or not brackets or not _ends_operand(before):
                found.append((token, in_subscript and before == "[" and token.text[1] not in "'\""))
        elif token.text == "[":
            brackets.append(_ends_operand(before) and before.lower() != "array")
        elif token.text == "]" and brackets:
            brackets.pop()
        before = token.text
    return tuple(found)


def _ends_operand(text: str) -> bool:
    return bool(text) and (text[-1].isalnum() or text[-1] in "_\"')]$")


class _Nesting:
    """Where a semicolon does not end the statement: in parentheses, in a body between BEGIN ATOMIC and END.

    psql's own rule (psqlscan.l): words are only counted in statements that begin CREATE [OR REPLACE] FUNCTION
    or PROCEDURE.
    """

    def __init__(self) -> None:
        self._parentheses = 0
        self._begins = 0
        self._opening: list[str] = []

    @property
    def inside(self) -> bool:
        """Say whether a semicolon belongs to the statement."""
        return self._parentheses > 0 or self._begins > 0

    def take(self, part: Token) -> None:
        """Count one token."""
        if part.text == "(":
            self._parentheses += 1
        elif part.text == ")":
            self._parentheses = max(0, self._parentheses - 1)
        elif part.kind == "word":
            word = part.text.lower()
            if len(self._opening) < 4:
                self._opening.append(word)
            if self._defines_routine() and not self._parentheses:
                if word == "begin" or (word == "case" and self._begins):
                    self._begins += 1
                elif word == "end" and self._begins:
                    self._begins -= 1

    def _defines_routine(self) -> bool:
        opening = self._opening
        what = opening[3:4] if opening[1:3] == ["or", "replace"] else opening[1:2]
        return opening[:1] == ["create"] and what in (["function"], ["procedure"])

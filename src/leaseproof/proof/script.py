"""A proof's SQL file: its claim, its steps, and each step's statements as psql would send them. No I/O.

psql's rules hold: what ends a statement, what `\\gset` stores, where `:'name'` is replaced. What psql does in silence
and a proof cannot want (an unknown `:'name'` sent as it stands) is an error here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from leaseproof.proof.lexer import Token, Unterminated, tokens
from leaseproof.proof.nearest import hint
from leaseproof.proof.source import Source

Phase = Literal["setup", "step", "check"]

PHASES: tuple[Phase, ...] = ("setup", "step", "check")
NAME = re.compile(r"[a-z][a-z0-9_]*")
ONLY_STEP = "attack"  # the step of a file without a marker

_MARKER = re.compile(r"--\s*@(?P<word>\w*)(?P<rest>[^\n]*)")
_BODY = re.compile(r"(?P<name>[^\s:]+)\s*:\s*(?P<session>\S+)\s*")
_HIDDEN_MARKER = re.compile(r"^[ \t]*--\s*@(?:setup|step|check)\b", re.MULTILINE)
_PREFIX = re.compile(r"[ \t]*(?:'(?P<quoted>\w*)'|(?P<plain>\w*))[ \t]*(?=\n|\\|$)")


@dataclass(frozen=True, kw_only=True)
class Command:
    """One statement, or several joined with psql's `\\;`, sent as one query string."""

    sql: str  # without the ; that ended it
    gset: str | None = None  # \gset's prefix, "" for none; None: no \gset
    line: int = 1  # of the statement's first word in the file
    path: str = field(default="", compare=False)


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one session does between two turns of a schedule."""

    name: str
    session: str  # "" in a file without a marker: the manifest's only session
    phase: Phase
    commands: tuple[Command, ...]
    line: int  # of its marker
    sql: str  # its text in the file


@dataclass(frozen=True, kw_only=True)
class Script:
    """One SQL file."""

    claim: str  # the first paragraph of the opening comment, white space collapsed
    steps: tuple[Step, ...]  # in file order, all phases


def parse_script(text: str, path: str) -> Script:
    """Read a SQL file.

    Args:
        text: of the file, lines ended by a line feed.
        path: as errors name it.

    Raises:
        ProofFileError: with line and caret: an open quote, a marker that is malformed or in a wrong place,
            a step named twice or without a statement, a backslash command other than `\\gset`, no claim.
    """
    source = Source(path, text)
    try:
        parts = list(tokens(text))
    except Unterminated as error:
        raise source.error(
            f"got an unterminated {error.what}; expected its end before the end of the file; close it", error.start
        ) from None
    claim = _claim(source, parts)
    return Script(claim=claim, steps=tuple(_Reader(source, parts).read()))


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
    """Return the places for values, each with whether it may as well be the bound of a slice such as `a[:n]`."""
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


def _claim(source: Source, parts: list[Token]) -> str:
    """Return the first paragraph of the comment that opens the file."""
    lines = []
    for part in parts:
        if part.kind == "comment" and not part.text.lstrip("- \t").startswith("@"):
            line = part.text[2:].strip()
            if lines and not line:
                break
            lines.append(line)
        elif part.kind == "block" and not lines:
            inner = [line.strip(" *\t") for line in part.text[2:-2].strip().splitlines()]
            lines += inner[: inner.index("")] if "" in inner else inner
            break
        elif part.kind != "space" or (lines and part.text.count("\n") > 1):
            break
    claim = " ".join(" ".join(lines).split())
    if not claim:
        raise source.error(
            "got a file that does not open with its claim; expected a comment on the first line, as"
            ' "-- A worker whose lease was taken over cannot complete the payment."; write the claim',
            0,
        )
    return claim


class _Reader:
    """Cuts the tokens of a file into steps and statements."""

    def __init__(self, source: Source, parts: list[Token]) -> None:
        self._source = source
        self._parts = parts
        self._lines: dict[str, int] = {}  # step -> line of its marker

    def read(self) -> Iterator[Step]:
        """Yield the steps in file order."""
        markers = [index for index, part in enumerate(self._parts) if self._is_marker(part)]
        first = markers[0] if markers else len(self._parts)
        before = self._commands(self._parts[:first], last=not markers)
        if not markers:
            if not before:
                raise self._source.error(
                    "got a file without a statement; expected SQL below the claim; write the attack",
                    len(self._source.text.rstrip()),
                )
            start = self._first_code(self._parts).start
            line = self._source.line(start)
            sql = self._source.text[start:].strip()
            yield Step(name=ONLY_STEP, session="", phase="step", commands=before, line=line, sql=sql)
            return
        if before:
            code = self._first_code(self._parts[:first])
            raise self._source.error(
                "got a statement before the first marker; expected every statement to belong to a step;"
                " put a marker such as -- @setup prepare: owner above it",
                code.start,
                len(code.text),
            )
        for index, following in zip(markers, [*markers[1:], len(self._parts)], strict=True):
            yield self._step(index, following)

    def _step(self, index: int, following: int) -> Step:
        marker = self._parts[index]
        phase, name, session = self._parse_marker(marker)
        body = self._parts[index + 1 : following]
        commands = self._commands(body, last=following == len(self._parts))
        if not commands:
            raise self._source.error(
                f"got step {name!r} without a statement; expected at least one below its marker;"
                " write it, or delete the marker",
                marker.start,
                len(marker.text),
            )
        end = body[-1].end
        return Step(
            name=name,
            session=session,
            phase=phase,
            commands=commands,
            line=self._source.line(marker.start),
            sql=self._source.text[marker.end : end].strip(),
        )

    def _is_marker(self, part: Token) -> bool:
        """Say whether a token is a marker; refuse one that is hidden where it has no effect."""
        if part.kind in ("block", "dollar", "string"):
            if hidden := _HIDDEN_MARKER.search(part.text):
                what = "a block comment" if part.kind == "block" else "a quoted text"
                raise self._source.error(
                    f"got a marker inside {what}, where it has no effect; expected it on a line of its own between"
                    " two statements; move it out",
                    part.start + hidden.start(),
                    len(hidden.group()),
                )
            return False
        if part.kind != "comment" or not (match := _MARKER.fullmatch(part.text)):
            return False
        if match["word"] in PHASES:
            return True
        raise self._source.error(
            f"got marker @{match['word']}; expected @setup, @step or @check{hint(match['word'], PHASES)};"
            " a comment must not begin with @",
            part.start,
            len(part.text),
        )

    def _parse_marker(self, marker: Token) -> tuple[Phase, str, str]:
        start = self._source.text.rfind("\n", 0, marker.start) + 1
        if self._source.text[start : marker.start].strip():
            raise self._source.error(
                "got a marker behind other text; expected it on a line of its own; put it on the next line",
                marker.start,
                len(marker.text),
            )
        match = _MARKER.fullmatch(marker.text)
        assert match is not None
        phase: Phase = match["word"]  # type: ignore[assignment]
        body = _BODY.fullmatch(match["rest"].strip())
        if body is None:
            raise self._source.error(
                f"got a malformed marker; expected -- @{phase} NAME: session, as in -- @{phase} claim_a: worker_a;"
                " write it so",
                marker.start,
                len(marker.text),
            )
        for what in ("name", "session"):
            if not NAME.fullmatch(body[what]):
                word = "step name" if what == "name" else "session name"
                raise self._source.error(
                    f"got {word} {body[what]!r}; expected lower-case letters, digits and _, a letter first; rename it",
                    marker.start + marker.text.index(body[what], marker.text.index("@") + len(phase) + 1),
                    len(body[what]),
                )
        name, line = body["name"], self._source.line(marker.start)
        if name in self._lines:
            raise self._source.error(
                f"got step {name!r} a second time (first on line {self._lines[name]}); expected each name once;"
                " rename one of them",
                marker.start + marker.text.index(name, marker.text.index("@") + len(phase) + 1),
                len(name),
            )
        self._lines[name] = line
        return phase, name, body["session"]

    def _commands(self, parts: list[Token], *, last: bool) -> tuple[Command, ...]:
        """Split a step's tokens into statements; only the file's last may lack its semicolon, as in psql."""
        commands: list[Command] = []
        open_parts: list[Token] = []
        nesting = _Nesting()
        skip_to = 0
        for part in parts:
            if part.start < skip_to:
                continue
            if part.kind == "backslash" and part.text != "\\;":
                prefix, skip_to = self._gset(part, open_parts)
                commands.append(self._command(open_parts, prefix))
                open_parts, nesting = [], _Nesting()
            elif part.text == ";" and not nesting.inside:
                if self._has_code(open_parts):
                    commands.append(self._command(open_parts, None))
                open_parts, nesting = [], _Nesting()
            else:
                nesting.take(part)
                open_parts.append(part)
        if self._has_code(open_parts):
            if not last:
                code = self._first_code(open_parts)
                raise self._source.error(
                    "got a statement that is not ended before the next marker; expected ; or \\gset; add ; at its end",
                    code.start,
                    len(code.text),
                )
            commands.append(self._command(open_parts, None))
        return tuple(commands)

    def _gset(self, part: Token, statement: list[Token]) -> tuple[str, int]:
        """Return `\\gset`'s prefix and the offset behind it; refuse every other backslash command."""
        if part.text != "\\gset":
            raise self._source.error(
                f"got backslash command {part.text}; expected SQL, \\gset or \\;; a proof is no psql session:"
                " say it in SQL",
                part.start,
                len(part.text),
            )
        if not self._has_code(statement):
            raise self._source.error(
                "got \\gset without a statement; expected it in place of the statement's semicolon; remove the ; before it",
                part.start,
                len(part.text),
            )
        match = _PREFIX.match(self._source.text, part.end)
        if match is None:
            raise self._source.error(
                "got more than a prefix behind \\gset; expected \\gset or \\gset prefix_ at the end of the line;"
                " move the rest to the next line",
                part.end + 1,
                len(self._source.text[part.end + 1 :].split("\n", 1)[0]),
            )
        return match["quoted"] or match["plain"] or "", match.end()

    def _command(self, parts: list[Token], gset: str | None) -> Command:
        start = self._first_code(parts).start
        end = next(part.end for part in reversed(parts) if part.kind != "space")
        pieces = (" ;" if part.text == "\\;" else part.text for part in parts if start <= part.start < end)
        return Command(sql="".join(pieces), gset=gset, line=self._source.line(start), path=self._source.path)

    @staticmethod
    def _has_code(parts: list[Token]) -> bool:
        return any(part.kind not in ("space", "comment", "block") for part in parts)

    @staticmethod
    def _first_code(parts: list[Token]) -> Token:
        return next(part for part in parts if part.kind not in ("space", "comment", "block"))


class _Nesting:
    """Where a semicolon does not end the statement: in parentheses, and in a body between BEGIN ATOMIC and END.

    psql's own rule (psqlscan.l): words are only counted in statements that begin CREATE [OR REPLACE] FUNCTION or
    PROCEDURE.
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

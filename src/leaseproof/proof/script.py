"""A proof's SQL file: its claim, its steps, and each step's statements as psql would send them. No I/O.

psql's rules hold: what ends a statement, what `\\gset` stores, where `:'name'` is replaced. What psql does in
silence and a proof cannot want (an unknown `:'name'` sent as it stands) is an error here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from leaseproof.proof.lexer import Token, Unterminated, tokens
from leaseproof.proof.nearest import hint
from leaseproof.proof.source import Source
from leaseproof.proof.statement import Command, first_code, gset_refusal, interpolate, split_statements

Phase = Literal["setup", "step", "check"]

PHASES: tuple[Phase, ...] = ("setup", "step", "check")
NAME = re.compile(r"[a-z][a-z0-9_]*")
ONLY_STEP = "attack"  # the step of a file without a marker

__all__ = ["Command", "Script", "Step", "gset_refusal", "interpolate", "parse_script"]

_MARKER = re.compile(r"--\s*@(?P<word>\w*)(?P<rest>[^\n]*)")
_BODY = re.compile(r"(?P<name>[^\s:]+)\s*:\s*(?P<session>\S+)\s*")
_HIDDEN_MARKER = re.compile(r"^[ \t]*--\s*@(?:setup|step|check)\b", re.MULTILINE)


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
            f"got an unterminated {error.what}; expected its end before the end of the file; close it",
            error.start,
        ) from None
    claim = _claim(source, parts)
    return Script(claim=claim, steps=tuple(_Reader(source, parts).read()))


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
        before = split_statements(self._source, self._parts[:first], last=not markers)
        if not markers:
            if not before:
                raise self._source.error(
                    "got a file without a statement; expected SQL below the claim; write the attack",
                    len(self._source.text.rstrip()),
                )
            start = first_code(self._parts).start
            line = self._source.line(start)
            sql = self._source.text[start:].strip()
            yield Step(name=ONLY_STEP, session="", phase="step", commands=before, line=line, sql=sql)
            return
        if before:
            code = first_code(self._parts[:first])
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
        commands = split_statements(self._source, body, last=following == len(self._parts))
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
                    f"got a marker inside {what}, where it has no effect; expected it on a line of its"
                    " own between"
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
                f"got a malformed marker; expected -- @{phase} NAME: session, as in -- @{phase} claim_a:"
                " worker_a;"
                " write it so",
                marker.start,
                len(marker.text),
            )
        for what in ("name", "session"):
            if not NAME.fullmatch(body[what]):
                word = "step name" if what == "name" else "session name"
                raise self._source.error(
                    f"got {word} {body[what]!r}; expected lower-case letters, digits and _, a letter"
                    " first; rename it",
                    marker.start + marker.text.index(body[what], marker.text.index("@") + len(phase) + 1),
                    len(body[what]),
                )
        name, line = body["name"], self._source.line(marker.start)
        if name in self._lines:
            raise self._source.error(
                f"got step {name!r} a second time (first on line {self._lines[name]}); expected each name"
                " once;"
                " rename one of them",
                marker.start + marker.text.index(name, marker.text.index("@") + len(phase) + 1),
                len(name),
            )
        self._lines[name] = line
        return phase, name, body["session"]

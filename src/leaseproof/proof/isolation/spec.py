"""Reads an isolation-tester spec into plain values; the grammar is that of the server's ``specparse.y``."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from leaseproof.errors import LeaseproofError

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\f\n]+|\#[^\n\r]*)
  | \{[ \t\r\f]*(?P<sql>.*?)[ \t\r\f]*\}
  | "(?P<quoted>(?:[^"\n]|"")*)"
  | (?P<number>\d+)
  | (?P<word>[^\W\d][\w$]*)
  | (?P<self>[,()*])
    """,
    re.VERBOSE | re.DOTALL,
)
_KEYWORDS = ("notices", "permutation", "session", "setup", "step", "teardown")


@dataclass(frozen=True, kw_only=True)
class Blocker:
    """A marker on a step of a permutation: it delays the report of the step, never its launch."""

    kind: Literal["once", "step", "notices"]
    step: str = ""
    notices: int = 0


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A step in a permutation."""

    step: str
    blockers: tuple[Blocker, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SpecSession:
    """A session: its steps by name, in file order."""

    name: str
    setup: str | None
    steps: dict[str, str]
    teardown: str | None


@dataclass(frozen=True, kw_only=True)
class Spec:
    """A whole spec."""

    setups: tuple[str, ...]
    teardown: str | None
    sessions: tuple[SpecSession, ...]
    permutations: tuple[tuple[Placed, ...], ...]

    @property
    def session_of(self) -> dict[str, str]:
        """Return step name -> session name."""
        return {step: session.name for session in self.sessions for step in session.steps}


class _Reader:
    def __init__(self, text: str, path: str) -> None:
        self._text = text
        self._path = path
        self._tokens = list(self._scan())
        self._position = 0

    def _scan(self) -> Iterator[tuple[str, str, int]]:
        position = 0
        while position < len(self._text):
            match = _TOKEN.match(self._text, position)
            if match is None:
                raise self._error(position, f"got {self._text[position]!r}; expected a keyword, a name or a {{ block }}")
            kind = match.lastgroup or ""
            value = match.group(kind)
            if kind == "word" and value in _KEYWORDS:
                kind = "keyword"
            elif kind == "quoted":
                kind, value = "word", value.replace('""', '"')
            if kind != "space":
                yield kind, value, position
            position = match.end()

    def _error(self, position: int, message: str) -> LeaseproofError:
        line = self._text.count("\n", 0, position) + 1
        return LeaseproofError(f"{self._path}:{line}: {message}; see the README of PostgreSQL's src/test/isolation")

    def peek(self, kind: str, value: str | None = None) -> bool:
        if self._position >= len(self._tokens):
            return False
        found = self._tokens[self._position]
        return found[0] == kind and (value is None or found[1] == value)

    def take(self, kind: str, value: str | None = None) -> str:
        if not self.peek(kind, value):
            at_end = self._position >= len(self._tokens)
            got = "the end of the file" if at_end else repr(self._tokens[self._position][1])
            position = len(self._text) if at_end else self._tokens[self._position][2]
            raise self._error(position, f"got {got}; expected {value or kind}")
        token = self._tokens[self._position]
        self._position += 1
        return token[1]

    def optional_block(self, keyword: str) -> str | None:
        if not self.peek("keyword", keyword):
            return None
        self.take("keyword", keyword)
        return self.take("sql")

    def at_end(self) -> bool:
        return self._position >= len(self._tokens)


def parse_spec(text: str, path: str) -> Spec:
    """Return the spec in a file's text.

    Args:
        text: of the file.
        path: for messages.

    Raises:
        LeaseproofError: with file and line.
    """
    reader = _Reader(text, path)
    setups = []
    while (setup := reader.optional_block("setup")) is not None:
        setups.append(setup)
    teardown = reader.optional_block("teardown")
    sessions = []
    while reader.peek("keyword", "session"):
        sessions.append(_session(reader))
    permutations = []
    while reader.peek("keyword", "permutation"):
        reader.take("keyword", "permutation")
        permutations.append(_permutation(reader))
    if not reader.at_end() or not sessions:
        reader.take("keyword", "session")
    spec = Spec(setups=tuple(setups), teardown=teardown, sessions=tuple(sessions), permutations=tuple(permutations))
    known = spec.session_of
    for placed in (one for permutation in permutations for one in permutation):
        for name in (placed.step, *(blocker.step for blocker in placed.blockers if blocker.step)):
            if name not in known:
                raise LeaseproofError(f"{path}: got the step {name!r} in a permutation; expected a step of a session")
    return spec


def _session(reader: _Reader) -> SpecSession:
    reader.take("keyword", "session")
    name = reader.take("word")
    setup = reader.optional_block("setup")
    steps = {}
    while reader.peek("keyword", "step"):
        reader.take("keyword", "step")
        step = reader.take("word")
        steps[step] = reader.take("sql")
    return SpecSession(name=name, setup=setup, steps=steps, teardown=reader.optional_block("teardown"))


def _permutation(reader: _Reader) -> tuple[Placed, ...]:
    placed = []
    while reader.peek("word"):
        step = reader.take("word")
        blockers = []
        if reader.peek("self", "("):
            reader.take("self", "(")
            while True:
                blockers.append(_blocker(reader))
                if reader.peek("self", ")"):
                    break
                reader.take("self", ",")
            reader.take("self", ")")
        placed.append(Placed(step=step, blockers=tuple(blockers)))
    return tuple(placed)


def _blocker(reader: _Reader) -> Blocker:
    if reader.peek("self", "*"):
        reader.take("self", "*")
        return Blocker(kind="once")
    step = reader.take("word")
    if reader.peek("keyword", "notices"):
        reader.take("keyword", "notices")
        return Blocker(kind="notices", step=step, notices=int(reader.take("number")))
    return Blocker(kind="step", step=step)


def all_permutations(spec: Spec) -> Iterator[tuple[Placed, ...]]:
    """Yield the permutations of a spec: those it names, or every order that keeps each session's own."""
    if spec.permutations:
        yield from spec.permutations
        return
    piles = [list(session.steps) for session in spec.sessions]

    def orders(taken: tuple[int, ...], so_far: tuple[Placed, ...]) -> Iterator[tuple[Placed, ...]]:
        left = False
        for number, pile in enumerate(piles):
            if taken[number] < len(pile):
                left = True
                after = (*taken[:number], taken[number] + 1, *taken[number + 1 :])
                yield from orders(after, (*so_far, Placed(step=pile[taken[number]])))
        if not left:
            yield so_far

    yield from orders((0,) * len(piles), ())

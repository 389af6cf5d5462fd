"""The tokens of SQL and PL/pgSQL text, with their places: enough to change a function body without parsing it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|--[^\n]*|/\*.*?\*/|^\#[^\n]*)
  | (?P<dollar>\$(?P<tag>[A-Za-z_]*)\$.*?\$(?P=tag)\$)
  | (?P<string>'(?:[^']|'')*')
  | (?P<quoted>"(?:[^"]|"")*")
  | (?P<number>\d+(?:\.\d+)?)
  | (?P<word>[A-Za-z_][A-Za-z_0-9$]*)
  | (?P<operator>:=|::|=>|<>|!=|<=|>=|\|\||!~\*?|~\*?|\.\.|[-+*/<>=%^&|@?])
  | (?P<punctuation>[()\[\],;.])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Token:
    """One token and where it stands."""

    kind: str  # word, string, number, operator, punctuation, quoted, dollar, other
    text: str
    start: int
    end: int
    depth: int  # of round brackets around it

    @property
    def word(self) -> str:
        """The keyword or identifier in upper case; empty for anything else."""
        return self.text.upper() if self.kind == "word" else ""


def tokenize(text: str) -> tuple[Token, ...]:
    """Return the tokens of a text, without white space, comments and PL/pgSQL compiler options.

    Args:
        text: SQL or a PL/pgSQL body.
    """
    tokens = []
    depth = 0
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind == "tag":
            kind = "dollar"
        if kind == "space":
            continue
        if match.group() == ")":
            depth -= 1
        tokens.append(Token(kind, match.group(), match.start(), match.end(), depth))
        if match.group() == "(":
            depth += 1
    return tuple(tokens)


def splice(text: str, start: int, end: int, replacement: str = "") -> str:
    """Return the text with one range replaced."""
    return text[:start] + replacement + text[end:]


@dataclass(frozen=True)
class Statement:
    """A PL/pgSQL statement, or the head of one that holds others."""

    kind: str  # simple, condition, handler, loop, mark, declaration
    tokens: tuple[Token, ...]
    block: int  # statements with the same number follow each other in one list

    @property
    def start(self) -> int:
        """Where its text starts."""
        return self.tokens[0].start

    @property
    def end(self) -> int:
        """Where its text ends, the semicolon included."""
        return self.tokens[-1].end


def statements(tokens: Sequence[Token]) -> tuple[Statement, ...]:
    """Cut a PL/pgSQL body into statements.

    Args:
        tokens: of the whole body.

    Returns:
        In order. ``condition`` is IF, ELSIF or WHILE up to its THEN or LOOP; ``loop`` is a FOR up to its LOOP;
        ``handler`` is a WHEN of an EXCEPTION block up to its THEN; ``mark`` is BEGIN, ELSE, LOOP, END and the like.
    """
    found: list[Statement] = []
    position = 0
    declaring = False
    blocks = [0]
    last_block = 0
    while position < len(tokens):
        word = tokens[position].word
        if word in ("IF", "ELSIF", "WHILE", "FOR", "WHEN"):
            kind = {"FOR": "loop", "WHEN": "handler"}.get(word, "condition")
            end = _find(tokens, position + 1, ("LOOP",) if word in ("FOR", "WHILE") else ("THEN",))
            if word in ("ELSIF", "WHEN") and len(blocks) > 1:
                blocks.pop()
            last_block += 1
            blocks.append(last_block)
        elif word in ("BEGIN", "ELSE", "LOOP", "EXCEPTION", "DECLARE"):
            kind, end = "mark", position
            declaring = word == "DECLARE"
            if word in ("ELSE", "EXCEPTION") and len(blocks) > 1:
                blocks.pop()
            if word != "DECLARE":
                last_block += 1
                blocks.append(last_block)
        elif word == "END":
            kind, end = "mark", _find_semicolon(tokens, position)
            if len(blocks) > 1:
                blocks.pop()
        else:
            kind, end = "declaration" if declaring else "simple", _find_semicolon(tokens, position)
        if word == "BEGIN":
            declaring = False
        found.append(Statement(kind, tuple(tokens[position : end + 1]), blocks[-1]))
        position = end + 1
    return tuple(found)


def _find(tokens: Sequence[Token], position: int, words: Sequence[str]) -> int:
    cases = 0
    for index in range(position, len(tokens)):
        word = tokens[index].word
        if word == "CASE":
            cases += 1
        elif word == "END" and cases:
            cases -= 1
        elif word in words and not cases:
            return index
    return len(tokens) - 1


def _find_semicolon(tokens: Sequence[Token], position: int) -> int:
    for index in range(position, len(tokens)):
        if tokens[index].text == ";":
            return index
    return len(tokens) - 1

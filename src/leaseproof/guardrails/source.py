"""A file as the rules see it: its text, and the SQL in it, each read once."""

import ast
import bisect
import functools
import re
from dataclasses import dataclass
from typing import NamedTuple

from leaseproof.guardrails.literals import strings
from leaseproof.guardrails.sqltext import readings

TABLES = ("payment_outbox_pending", "payment_outbox_attempts")
PROSE = (".md", ".rst", ".txt", ".html", ".svg", ".csv", ".tsv", ".lock", "LICENSE")
_SHELL_LINE = re.compile(r"#!.*\b(?:ba|da|z|k)?sh\b")


class Fragment(NamedTuple):
    """A piece of text that a program may send as SQL."""

    text: str  # comments and double quotes blanked out, lower case, run-time parts as HOLE
    offset: int  # where it starts in the file
    value: str  # as it was written
    literal: bool  # a string of a program: its place is its start

    def place(self, start: int) -> int:
        """Return the offset in the file of an offset in the text."""
        return self.offset if self.literal else self.offset + start


@dataclass(frozen=True)
class Source:
    """One file."""

    path: str
    text: str

    @property
    def is_python(self) -> bool:
        """Say whether Python reads it."""
        return self.path.endswith((".py", ".pyi"))

    @property
    def is_shell(self) -> bool:
        """Say whether a shell reads it, by its name or its first line."""
        return self.path.endswith((".sh", ".bash")) or bool(_SHELL_LINE.match(self.text))

    @functools.cached_property
    def tree(self) -> ast.Module | None:
        """Return the syntax tree of a Python file; None for any other and for one that does not parse."""
        if not self.is_python:
            return None
        try:
            return ast.parse(self.text)
        except (SyntaxError, ValueError, RecursionError):
            return None

    @functools.cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Return the nodes of the tree, a parent before its children."""
        return tuple(ast.walk(self.tree)) if self.tree is not None else ()

    @functools.cached_property
    def fragments(self) -> tuple[Fragment, ...]:
        """Return what may be SQL: the strings of a Python file as it joins them; else the whole text."""
        if self.tree is not None:
            return tuple(
                Fragment(text, self.offset_of(node), value, True)
                for node, value in strings(self.nodes)
                for text in readings(value)
            )
        if self.path.endswith(PROSE):
            return ()
        return tuple(Fragment(text, 0, self.text, False) for text in readings(self.text))

    @functools.cached_property
    def _line_starts(self) -> tuple[int, ...]:
        return (0, *(match.end() for match in re.finditer("\n", self.text)))

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset, both from 1."""
        line = bisect.bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def line_at(self, offset: int) -> str:
        """Return the text of the line that an offset is in."""
        start = self._line_starts[self.position(offset)[0] - 1]
        return self.text[start:].partition("\n")[0]

    def offset_of(self, node: ast.stmt | ast.expr) -> int:
        """Return where a node of the tree starts; Python counts lines its own way and columns in bytes."""
        start = self._line_starts[min(node.lineno, len(self._line_starts)) - 1]
        line = self.text[start:].partition("\n")[0]
        return start + len(line.encode()[: node.col_offset].decode(errors="ignore"))

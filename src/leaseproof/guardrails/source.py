"""A file as the rules see it: its text, and the SQL in it, each read once."""

import ast
import functools
import re
from dataclasses import dataclass
from typing import NamedTuple

TABLES = ("payment_outbox_pending", "payment_outbox_attempts")
HOLE = "\x00"  # stands where a program puts something in at run time
SQL_IN_TEXT = (".sh", ".bash", ".yml", ".yaml", ".js", ".mjs", ".ts", ".go", ".java", ".rb", ".rs", ".kt", ".cs", ".php")

_SQL_NOISE = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


class Fragment(NamedTuple):
    """A piece of text that a program may send as SQL."""

    text: str  # comments and double quotes blanked out, lower case, run-time parts as HOLE
    offset: int  # where it starts in the file


@dataclass(frozen=True)
class Source:
    """One file."""

    path: str
    text: str

    @property
    def is_python(self) -> bool:
        """Say whether Python reads it."""
        return self.path.endswith(".py")

    @functools.cached_property
    def tree(self) -> ast.Module | None:
        """Return the syntax tree of a Python file; None for anything else and for a file that does not parse."""
        if not self.is_python:
            return None
        try:
            return ast.parse(self.text)
        except (SyntaxError, ValueError):
            return None

    @functools.cached_property
    def fragments(self) -> tuple[Fragment, ...]:
        """Return what may be SQL: every string of a Python file, joined as the program joins them; else the whole text."""
        if self.tree is not None:
            return tuple(self._strings(self.tree))
        if self.is_python or self.path.endswith((".sql", *SQL_IN_TEXT)):
            return (Fragment(_normal(self.text), 0),)
        return ()

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset, both from 1."""
        before = self.text[:offset]
        return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1

    def line_at(self, offset: int) -> str:
        """Return the text of the line that an offset is in."""
        return self.text.splitlines()[self.position(offset)[0] - 1] if self.text else ""

    def _strings(self, tree: ast.Module) -> list[Fragment]:
        inside: set[int] = set()
        found = []
        for node in ast.walk(tree):
            if id(node) in inside or not isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
                continue
            text = _joined(node)
            if text is None:
                continue
            inside.update(id(child) for child in ast.walk(node))
            found.append(Fragment(_normal(text), self._offset(node)))
        return found

    def _offset(self, node: ast.expr) -> int:
        lines = self.text.splitlines(keepends=True)
        return sum(map(len, lines[: node.lineno - 1])) + node.col_offset


def _joined(node: ast.AST) -> str | None:
    """Return the text of a string expression, with a hole for each part that is only known at run time."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(_joined(part) or HOLE if isinstance(part, ast.Constant) else HOLE for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        left, right = _joined(node.left), _joined(node.right)
        if left is None and right is None:
            return None
        if isinstance(node.op, ast.Mod):
            return None if left is None else re.sub(r"%(\(\w+\))?s", HOLE, left)
        return (HOLE if left is None else left) + (HOLE if right is None else right)
    return None


def _normal(text: str) -> str:
    """Blank comments and quotes out without moving anything, and lower the case."""
    blank = _SQL_NOISE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
    return re.sub(r"\{\w*\}", lambda match: HOLE.ljust(len(match.group())), blank).replace('"', " ").lower()

"""LP001: SQL is sent from a few modules that are named, so that nobody goes round the lease calls."""

import ast
import re
from collections.abc import Iterable, Iterator

from leaseproof.guardrails.rule import Rule
from leaseproof.guardrails.source import Source

DRIVERS = ("psycopg", "psycopg2", "psycopg_pool", "asyncpg", "aiopg", "pg8000", "sqlalchemy", "peewee", "tortoise")
_RUNNERS = ("run", "Popen", "call", "check_call", "check_output", "system", "popen", "execv", "execvp", "create_subprocess_exec")
_SHELL = re.compile(r"(?:^|[|;&(]|\bexec )[ \t]*(?:\S*/)?(psql|pgbench)(?=\s|$)", re.MULTILINE)


def _check(sources: Iterable[Source]) -> Iterator[tuple[Source, int, str]]:
    for source in sources:
        if source.tree is not None:
            for node in ast.walk(source.tree):
                for what in _drivers(node):
                    assert isinstance(node, ast.stmt | ast.expr)
                    lines = source.text.splitlines(keepends=True)
                    yield source, sum(map(len, lines[: node.lineno - 1])) + node.col_offset, f"got {what} outside the modules that may query"
        elif source.path.endswith((".sh", ".bash")):
            for match in _SHELL.finditer(source.text):
                yield source, match.start(1), f"got a call of {match[1]} outside the modules that may query"


def _drivers(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (f"the driver {name.name}" for name in node.names if name.name.split(".")[0] in DRIVERS)
    elif isinstance(node, ast.ImportFrom):
        if node.level == 0 and (node.module or "").split(".")[0] in DRIVERS:
            yield f"the driver {node.module}"
    elif isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        first = node.args[0] if node.args else None
        if isinstance(first, ast.List | ast.Tuple) and first.elts:
            first = first.elts[0]
        text = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
        if name in ("import_module", "__import__") and text.split(".")[0] in DRIVERS:
            yield f"the driver {text}"
        elif name in _RUNNERS and text.split() and text.split()[0].rsplit("/", 1)[-1] in ("psql", "pgbench"):
            yield f"a call of {text.split()[0]}"


RULE = Rule(
    code="LP001",
    name="no driver call outside its module",
    why="Every query is one call of a database function, in one module. A query from elsewhere can go round the lease.",
    fix="call a function of the module that holds the SQL, or allow the module in pyproject.toml",
    bad={"app/worker.py": "import psycopg\n\nconnection = psycopg.connect()\n"},
    good={"app/worker.py": "from app.calls import Calls\n"},
    check=_check,
)

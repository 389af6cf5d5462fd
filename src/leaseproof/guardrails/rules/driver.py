"""LP001: SQL is sent from a few modules that are named, so that nobody goes round the lease calls."""

import ast
import re
from collections.abc import Iterable, Iterator

from leaseproof.guardrails.literals import joined
from leaseproof.guardrails.rule import Rule
from leaseproof.guardrails.source import Source

DRIVERS = (
    *(
        "psycopg",
        "psycopg2",
        "psycopg_c",
        "psycopg_binary",
        "psycopg_pool",
        "asyncpg",
        "aiopg",
        "pg8000",
        "pgdb",
    ),
    *("sqlalchemy", "sqlmodel", "databases", "peewee", "tortoise", "pony", "django.db"),
)
_RUNNERS = re.compile(
    r"run|Popen|popen|call|check_call|check_output|getoutput|getstatusoutput|system|sudo|local|shell"
    r"|exec[vl]\w*|spawn\w*|posix_spawnp?|create_subprocess_(?:exec|shell)"
)
_ABOUT = (
    "getLogger",
    "version",
    "distribution",
    "metadata",
    "requires",
    "importorskip",
)  # name a driver, load none
_SHELL = re.compile(
    r"(?:^|[|;&(`{!]|\b(?:exec|if|then|else|do|while|until|sudo|env|xargs|time|nohup)\b"
    r"(?:[ \t]+-\w+(?:[ \t]+\w+)?)*)"
    r"[ \t]*(?:\w+=\S*[ \t]+)*(?:\S*/)?(psql|pgbench)(?=[\s;|&)`]|$)",
    re.MULTILINE,
)
_CLIENT = re.compile(r"(?:.*/)?(psql|pgbench)")
_IMPORT_LINE = re.compile(r"^[ \t]*(?:import|from)[ \t]+([\w.]+)", re.MULTILINE)


def _check(sources: Iterable[Source]) -> Iterator[tuple[Source, int, str]]:
    for source in sources:
        if source.tree is not None:
            for node in source.nodes:
                for what in _drivers(node):
                    assert isinstance(node, ast.stmt | ast.expr)
                    yield source, source.offset_of(node), f"got {what} outside the modules that may query"
        elif source.is_python:
            for match in _IMPORT_LINE.finditer(source.text):
                if _is_driver(match[1]):
                    yield (
                        source,
                        match.start(1),
                        f"got the driver {match[1]} outside the modules that may query",
                    )
        elif source.is_shell:
            for match in _SHELL.finditer(
                re.sub(r"(?m)(?:^|\s)#.*$", lambda found: " " * len(found[0]), source.text)
            ):
                yield source, match.start(1), f"got a call of {match[1]} outside the modules that may query"


def _drivers(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (f"the driver {name.name}" for name in names if _is_driver(name.name))
        case ast.ImportFrom(level=0, module=str() as module, names=names):
            if any(_is_driver(name) for name in (module, *(f"{module}.{part.name}" for part in names))):
                yield f"the driver {module}"
        case ast.Subscript(slice=ast.Constant(value=str() as text)) if _is_driver(text):
            yield f"the driver {text}"
        case ast.Call():
            yield from _called(node)
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            yield from (f"a call of {found[1]}" for part in parts[:1] if (found := _client(part)))


def _called(node: ast.Call) -> Iterator[str]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    for value in (*node.args, *(keyword.value for keyword in node.keywords)):
        text = joined(value, {})
        if isinstance(value, ast.List | ast.Tuple) and _RUNNERS.fullmatch(name):
            later = [joined(part, {}) or "" for part in value.elts[1:]]
            yield from (
                f"a call of {found[1]}"
                for part in later
                if (found := _CLIENT.fullmatch(part) or _SHELL.match(part))
            )
        elif text is None:
            continue
        elif _is_driver(text) and name not in _ABOUT and isinstance(value, ast.Constant | ast.BinOp):
            yield f"the driver {text}"
        elif _RUNNERS.fullmatch(name) and (found := _SHELL.search(text)):
            yield f"a call of {found[1]}"
        elif name in ("exec", "eval", "compile"):
            yield from (
                f"the driver {found[1]}" for found in _IMPORT_LINE.finditer(text) if _is_driver(found[1])
            )


def _client(node: ast.expr) -> re.Match[str] | None:
    """Return the client that a command's first word names: a text, a path's end, or what is looked up."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        node = node.right
    if isinstance(node, ast.Call) and node.args:
        node = node.args[0]
    return _CLIENT.fullmatch(joined(node, {}) or "")


def _is_driver(module: str) -> bool:
    return any(module == driver or module.startswith(f"{driver}.") for driver in DRIVERS)


RULE = Rule(
    code="LP001",
    name="no driver call outside its module",
    why="Every query is one call of a database function, in one module. Another can go round the lease.",
    fix="call a function of the module that holds the SQL, or allow the module in pyproject.toml",
    bad={"app/worker.py": "import psycopg\n\nconnection = psycopg.connect()\n"},
    good={"app/worker.py": "from app.calls import Calls\n"},
    check=_check,
)

"""The strings of a Python file, put together as the program puts them together."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from leaseproof.guardrails.sqltext import HOLE

_PERCENT = re.compile(r"%(?:\((\w+)\))?s")
_BRACES = re.compile(r"\{(\w*)[^{}]*\}")


def strings(nodes: Sequence[ast.AST]) -> Iterator[tuple[ast.expr, str]]:
    """Yield each string expression with its text, HOLE where only the run knows; no part of it again.

    Args:
        nodes: of the file's tree, a parent before its children.
    """
    names = _constants(nodes)
    inside: set[int] = set()
    for node in nodes:
        if id(node) in inside or not isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp | ast.Call):
            continue
        text = joined(node, names)
        if text is None:
            continue
        if not isinstance(node, ast.Constant):
            inside.update(id(child) for child in ast.walk(node))
        yield node, text


def joined(node: ast.AST, names: Mapping[str, str]) -> str | None:
    """Return the text of an expression; None when it is no string for all that can be seen.

    Args:
        node: the expression.
        names: what the names of the file stand for.
    """
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.Constant(value=bytes() as content):
            return content.decode("latin-1")
        case ast.Name(id=name):
            return names.get(name)
        case ast.JoinedStr(values=parts):
            return "".join(_or_hole(part, names) for part in parts)
        case ast.FormattedValue(value=value):
            return joined(value, names)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            if joined(left, names) is None and joined(right, names) is None:
                return None
            return _or_hole(left, names) + _or_hole(right, names)
        case ast.BinOp(op=ast.Mod(), left=left, right=right):
            pattern = joined(left, names)
            return None if pattern is None else _percent(pattern, right, names)
        case ast.Call(func=ast.Attribute(attr="format", value=value), args=args, keywords=keywords):
            pattern = joined(value, names)
            return None if pattern is None else _format(pattern, args, keywords, names)
        case ast.Call(func=ast.Attribute(attr="join", value=value), args=[ast.List() | ast.Tuple() as parts]):
            between = joined(value, names)
            return None if between is None else between.join(_or_hole(part, names) for part in parts.elts)
    return None


def _or_hole(node: ast.AST, names: Mapping[str, str]) -> str:
    text = joined(node, names)
    return HOLE if text is None else text


def _percent(text: str, right: ast.expr, names: Mapping[str, str]) -> str:
    values = iter(right.elts if isinstance(right, ast.Tuple) else [right])
    return _PERCENT.sub(lambda match: HOLE if match[1] else _or_hole(next(values, ast.Pass()), names), text)


def _format(text: str, args: list[ast.expr], keywords: list[ast.keyword], names: Mapping[str, str]) -> str:
    values: dict[str, ast.AST] = {str(place): value for place, value in enumerate(args)}
    values |= {keyword.arg: keyword.value for keyword in keywords if keyword.arg}
    places = map(str, range(len(args)))
    return _BRACES.sub(
        lambda match: _or_hole(values.get(match[1] or next(places, ""), ast.Pass()), names), text
    )


def _constants(nodes: Sequence[ast.AST]) -> dict[str, str]:
    """Return the names that stand for one string in the whole file."""
    texts: dict[str, str] = {}
    unsure: set[str] = set()
    plain: set[int] = set()
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name) as target], value=value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name) as target, value=ast.expr() as value):
                pass
            case ast.arg(arg=name):
                unsure.add(name)
                continue
            case ast.Name(id=name, ctx=ast.Store()) if id(node) not in plain:
                unsure.add(name)
                continue
            case _:
                continue
        plain.add(id(target))
        text = joined(value, texts)
        if text is None or texts.setdefault(name, text) != text:
            unsure.add(name)
    return {name: text for name, text in texts.items() if name not in unsure}

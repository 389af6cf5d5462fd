"""The strings of a Python file, put together as the program puts them together."""

import ast
import re
from collections.abc import Iterator, Mapping

from leaseproof.guardrails.sqltext import HOLE

_PERCENT = re.compile(r"%(?:\((\w+)\))?s")
_BRACES = re.compile(r"\{(\w*)[^{}]*\}")


def strings(tree: ast.Module) -> Iterator[tuple[ast.expr, str]]:
    """Yield each string expression with its text, and HOLE where only the run knows; its parts are not yielded again.

    Args:
        tree: of the file.
    """
    names = _constants(tree)
    inside: set[int] = set()
    for node in ast.walk(tree):
        if id(node) in inside or not isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp | ast.Call):
            continue
        text = joined(node, names)
        if text is None:
            continue
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
            text = joined(left, names)
            return None if text is None else _percent(text, right, names)
        case ast.Call(func=ast.Attribute(attr="format", value=value), args=args, keywords=keywords):
            text = joined(value, names)
            return None if text is None else _format(text, args, keywords, names)
        case ast.Call(func=ast.Attribute(attr="join", value=value), args=[ast.List(elts=parts) | ast.Tuple(elts=parts)]):
            text = joined(value, names)
            return None if text is None else text.join(_or_hole(part, names) for part in parts)
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
    places = iter(range(len(args)))
    return _BRACES.sub(lambda match: _or_hole(values.get(match[1] or str(next(places, "")), ast.Pass()), names), text)


def _constants(tree: ast.Module) -> dict[str, str]:
    """Return the names that stand for one string in the whole file."""
    texts: dict[str, str] = {}
    unsure: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name, text = node.targets[0].id, joined(node.value, texts)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in texts:
            continue
        elif isinstance(node, ast.arg | ast.AugAssign):
            target = node.arg if isinstance(node, ast.arg) else getattr(node.target, "id", "")
            unsure.add(target)
            continue
        else:
            continue
        if text is None or texts.get(name, text) != text:
            unsure.add(name)
        else:
            texts[name] = text
    return {name: text for name, text in texts.items() if name not in unsure}

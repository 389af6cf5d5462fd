"""Changes of SQL expressions and queries: each operator of mutation is one small generator over tokens."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from leaseproof.proof.strength.tokens import Token

_COMPARISONS = {
    "=": ("<>",),
    "<>": ("=",),
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "!~": ("~",),
    "~": ("!~",),
}
_ARITHMETIC = {"+": "-", "-": "+", "*": "+"}
_STATES = {"DISPATCHED": "FAILED", "FAILED": "DISPATCHED", "RETRYABLE": "DISPATCHED", "REPAIR_REQUEUED": "RETRYABLE"}
_ENDS_OF_CONDITION = {
    "AND", "OR", "GROUP", "ORDER", "LIMIT", "FOR", "RETURNING", "THEN", "LOOP", "UNION", "HAVING", "WHERE", "END",
    "ELSE", "WHEN", "DO", "LEFT", "JOIN", "CROSS", "ON", "SET", "FROM",
}  # fmt: skip
_SWAPPED_WORDS = {
    "GREATEST": "least",
    "LEAST": "greatest",
    "MAX": "min",
    "MIN": "max",
    "TRUE": "false",
    "FALSE": "true",
    "ANY": "ALL",
    "ALL": "ANY",
    "LEFT": "INNER",
}
_SQLSTATE = re.compile(r"'(P7\d{3}|P0001|P0002|22023|55000)'")


class Change(NamedTuple):
    """One replacement in a text."""

    kind: str
    start: int
    end: int
    replacement: str


def changes_of_expression(tokens: Sequence[Token]) -> Iterator[Change]:
    """Yield every change of operators, constants, clauses and conditions in a run of tokens.

    Args:
        tokens: of one statement, condition, declaration, constraint or view.
    """
    yield from _changes_of_operators(tokens)
    yield from _changes_of_constants(tokens)
    yield from _changes_of_clauses(tokens)
    yield from _dropped_conditions(tokens)
    yield from _dropped_assignments(tokens)


def _changes_of_operators(tokens: Sequence[Token]) -> Iterator[Change]:
    assignments = _assignment_signs(tokens)
    for index, token in enumerate(tokens):
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        if token.kind == "operator" and token.start not in assignments:
            for other in _COMPARISONS.get(token.text, ()):
                yield Change("comparison", token.start, token.end, other)
            if token.text in _ARITHMETIC and index and tokens[index - 1].text.upper() not in ("(", ",", "=", ".", "RETURNING"):
                yield Change("arithmetic", token.start, token.end, _ARITHMETIC[token.text])
        elif token.word in ("AND", "OR"):
            yield Change("boolean", token.start, token.end, "OR" if token.word == "AND" else "AND")
        elif token.word == "NOT" and following and following.word != "NULL" and tokens[index - 1].word != "IS":
            yield Change("boolean", token.start, following.start, "")
        elif token.word == "IS" and following and following.word in ("NULL", "DISTINCT"):
            yield Change("comparison", token.end, token.end, " NOT")
        elif token.word == "IS" and following and following.word == "NOT":
            yield Change("comparison", token.end, following.end, "")
        elif token.word == "IN" and following and following.text == "(" and tokens[index - 1].word != "NOT":
            yield Change("comparison", token.start, token.start, "NOT ")


def _changes_of_constants(tokens: Sequence[Token]) -> Iterator[Change]:
    for index, token in enumerate(tokens):
        if token.kind == "number" and token.text.isdigit():
            value = int(token.text)
            for other in (value + 1, value - 1) if value else (1,):
                yield Change("constant", token.start, token.end, str(other))
        elif token.kind == "string" and token.text[1:-1] in _STATES:
            yield Change("state", token.start, token.end, f"'{_STATES[token.text[1:-1]]}'")
            yield from _dropped_list_member(tokens, index, "state")
        elif token.kind == "string" and _SQLSTATE.fullmatch(token.text):
            yield Change("error code", token.start, token.end, "'P7999'")
        elif token.word in _SWAPPED_WORDS and not (token.word == "LEFT" and tokens[index + 1].text == "("):
            yield Change("function swapped", token.start, token.end, _SWAPPED_WORDS[token.word])
        elif token.word in ("OUTBOX_CLOCK", "CLOCK_TIMESTAMP") and tokens[index + 1].text == "(":
            qualified = tokens[index - 1].text == "." if index else False
            start = tokens[index - 2].start if qualified else token.start
            yield Change("clock", start, tokens[index + 2].end, "pg_catalog.now()")
        elif token.word == "COALESCE" and tokens[index + 1].text == "(":
            yield from _dropped_arguments(tokens, index)


def _changes_of_clauses(tokens: Sequence[Token]) -> Iterator[Change]:
    for index, token in enumerate(tokens):
        rest = [one.word for one in tokens[index : index + 6]]
        if rest[:2] == ["FOR", "UPDATE"]:
            end = index + 1
            while end + 1 < len(tokens) and tokens[end + 1].word in ("OF", "P", "SKIP", "LOCKED"):
                end += 1
            yield Change("lock dropped", token.start, tokens[end].end, "")
            yield Change("lock weakened", token.start, tokens[index + 1].end, "FOR KEY SHARE")
        elif rest[:2] == ["SKIP", "LOCKED"]:
            yield Change("skip locked dropped", token.start, tokens[index + 1].end, "")
        elif rest[:2] == ["ORDER", "BY"]:
            end = index + 2
            while end + 1 < len(tokens) and tokens[end + 1].depth >= token.depth and not (
                tokens[end + 1].depth == token.depth and (tokens[end + 1].word in ("LIMIT", "FOR") or tokens[end + 1].text == ";")
            ):
                end += 1
            yield Change("order dropped", token.start, tokens[end].end, "")
            yield Change("order reversed", tokens[end].end, tokens[end].end, " DESC")
        elif token.word == "LIMIT":
            end = index + 1
            while end + 1 < len(tokens) and tokens[end + 1].depth >= token.depth and not (
                tokens[end + 1].depth == token.depth and (tokens[end + 1].word in ("FOR", "LOOP") or tokens[end + 1].text == ";")
            ):
                end += 1
            yield Change("limit dropped", token.start, tokens[end].end, "")
        elif rest[:2] == ["ON", "CONFLICT"]:
            end = next((at for at in range(index, len(tokens)) if tokens[at].word in ("NOTHING", "RETURNING") or tokens[at].text == ";"), index)
            if tokens[end].word == "NOTHING":
                yield Change("conflict clause dropped", token.start, tokens[end].end, "")
        elif token.word == "STRICT":
            yield Change("strict dropped", token.start, token.end, "")


def _dropped_conditions(tokens: Sequence[Token]) -> Iterator[Change]:
    for index, token in enumerate(tokens):
        if token.word in ("AND", "OR"):
            end = _end_of_condition(tokens, index + 1, token.depth)
            if end > index + 1:
                yield Change("condition dropped", token.start, tokens[end - 1].end, "")
        elif token.word in ("WHERE", "IF", "ELSIF", "ON", "WHEN", "HAVING") or token.text == "(":
            depth = token.depth + (token.text == "(")
            end = _end_of_condition(tokens, index + 1, depth)
            following = tokens[end] if end < len(tokens) else None
            if following is not None and following.depth == depth and following.word in ("AND", "OR") and end > index + 1:
                yield Change("condition dropped", tokens[index + 1].start, following.end, "")
            elif token.word == "WHERE" and end > index + 1:
                filtered = index > 1 and tokens[index - 2].word == "FILTER"  # FILTER (WHERE …): all of it, brackets too
                start, stop = (tokens[index - 2], tokens[end]) if filtered else (token, tokens[end - 1])
                yield Change("condition dropped", start.start, stop.end, "")


def _end_of_condition(tokens: Sequence[Token], position: int, depth: int) -> int:
    cases = 0
    while position < len(tokens):
        token = tokens[position]
        if token.depth < depth or (token.depth == depth and token.text in (";", ",")):
            break
        if token.depth == depth:
            if token.word == "CASE":
                cases += 1
            elif token.word == "END" and cases:
                cases -= 1
            elif not cases and token.word in _ENDS_OF_CONDITION:
                break
        position += 1
    return position


def _assignment_signs(tokens: Sequence[Token]) -> dict[int, int]:
    """Start of each sign that assigns (in UPDATE … SET, RAISE … USING, GET DIAGNOSTICS) -> its index."""
    signs = {}
    assigning_at = -1
    for index, token in enumerate(tokens):
        if token.word in ("SET", "USING", "DIAGNOSTICS"):
            assigning_at = token.depth
        elif token.depth == assigning_at and token.word in ("WHERE", "FROM", "RETURNING"):
            assigning_at = -1
        elif token.text == "=" and token.depth == assigning_at:
            signs[token.start] = index
    return signs


def _dropped_assignments(tokens: Sequence[Token]) -> Iterator[Change]:
    signs = [index for index in _assignment_signs(tokens).values()]
    if not any(token.word == "SET" for token in tokens):
        return
    for number, sign in enumerate(signs):
        first = tokens[sign - 1]
        if number + 1 < len(signs):
            yield Change("assignment dropped", first.start, tokens[signs[number + 1] - 1].start, "")
        elif number:
            end = _end_of_condition(tokens, sign + 1, first.depth)
            before = tokens[sign - 2]
            yield Change("assignment dropped", before.start, tokens[end - 1].end, "")


def _dropped_list_member(tokens: Sequence[Token], index: int, kind: str) -> Iterator[Change]:
    before, after = tokens[index - 1].text, tokens[index + 1].text if index + 1 < len(tokens) else ""
    opener = next((at for at in range(index, -1, -1) if tokens[at].text == "(" and tokens[at].depth < tokens[index].depth), 0)
    if tokens[opener - 1].word != "IN":
        return
    if after == ",":
        yield Change(f"{kind} dropped", tokens[index].start, tokens[index + 2].start, "")
    elif before == ",":
        yield Change(f"{kind} dropped", tokens[index - 1].start, tokens[index].end, "")


def _dropped_arguments(tokens: Sequence[Token], index: int) -> Iterator[Change]:
    depth = tokens[index].depth + 1
    close = next(at for at in range(index + 1, len(tokens)) if tokens[at].text == ")" and tokens[at].depth == depth - 1)
    commas = [at for at in range(index + 2, close) if tokens[at].text == "," and tokens[at].depth == depth]
    if not commas:
        return
    yield Change("argument dropped", tokens[index + 2].start, tokens[commas[-1] + 1].start, "")
    yield Change("argument dropped", tokens[commas[-1]].start, tokens[close - 1].end, "")

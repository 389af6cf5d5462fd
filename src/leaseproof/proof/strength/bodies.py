"""Mutants of function bodies: statements, conditions, expressions, and the attributes of the function itself."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leaseproof.proof.strength.expressions import Change, changes_of_expression
from leaseproof.proof.strength.mutant import Mutant, diff
from leaseproof.proof.strength.tokens import Statement, Token, splice, statements, tokenize

_OTHER_DEFAULTS = {"text": "'another'", "integer": "7"}  # for an argument whose default is NULL


@dataclass(frozen=True, kw_only=True)
class Function:
    """One function of the model as the catalog shows it."""

    name: str
    signature: str  # as in ALTER FUNCTION
    definition: str  # CREATE OR REPLACE FUNCTION …, whole
    body: str
    security_definer: bool
    owner: str
    volatility: str  # IMMUTABLE, STABLE or VOLATILE
    strict: bool  # answers NULL for a NULL argument without being run


def mutants_of_function(function: Function) -> Iterator[Mutant]:
    """Yield every mutant of one function.

    Args:
        function: as the catalog of the proved database has it.
    """
    for change in _changes_of_body(function.body):
        body = splice(function.body, change.start, change.end, change.replacement)
        yield Mutant(
            kind=change.kind,
            object=function.name,
            change=diff(function.body, body),
            statements=(_with_body(function, body),),
            undo=(function.definition,),
        )
    yield from _mutants_of_defaults(function)
    yield from _mutants_of_attributes(function)


def _with_body(function: Function, body: str) -> str:
    head, quote, tail = _around_body(function)
    return f"{head}{quote}{body}{quote}{tail}"


def _around_body(function: Function) -> tuple[str, str, str]:
    start = function.definition.index(function.body)
    end = start + len(function.body)
    opener = function.definition.rindex("$", 0, start - 1)
    quote = function.definition[opener:start]
    return function.definition[:opener], quote, function.definition[end + len(quote) :]


def _changes_of_body(body: str) -> Iterator[Change]:
    cut = statements(tokenize(body))
    for number, statement in enumerate(cut):
        yield from _changes_of_statement(statement, cut[number + 1] if number + 1 < len(cut) else None, body)


def _changes_of_statement(statement: Statement, following: Statement | None, body: str) -> Iterator[Change]:
    first = statement.tokens[0].word
    if statement.kind == "condition":
        head, last = statement.tokens[0], statement.tokens[-1]
        inside = (statement.tokens[1].start, statement.tokens[-2].end)
        if head.word != "WHILE":
            yield Change("condition forced", *inside, "true")
        yield Change("condition forced", *inside, "false")
        yield from changes_of_expression(statement.tokens[: -1 if last.word in ("THEN", "LOOP") else None])
    elif statement.kind == "handler":
        yield from _changes_of_handler(statement.tokens)
    elif statement.kind == "loop":
        yield from changes_of_expression(statement.tokens[1:-1])
    elif statement.kind == "declaration":
        yield from changes_of_expression(statement.tokens)
    elif statement.kind == "simple":
        if statement.tokens[0].text != ";":
            yield Change("statement dropped", statement.start, statement.end, "NULL;")
        if following is not None and following.kind == "simple" and following.block == statement.block:
            swapped = body[following.start : following.end] + "\n" + body[statement.start : statement.end]
            yield Change("statements swapped", statement.start, following.end, swapped)
        if first == "RAISE":
            yield from _changes_of_raise(statement.tokens)
        elif first == "RETURN" and len(statement.tokens) == 3 and statement.tokens[1].word not in ("NEW", "NEXT", "NULL"):
            yield Change("return value", statement.tokens[1].start, statement.tokens[1].end, "NULL")
            yield from changes_of_expression(statement.tokens)
        else:
            yield from changes_of_expression(statement.tokens)


def _changes_of_handler(tokens: Sequence[Token]) -> Iterator[Change]:
    for index, token in enumerate(tokens):
        if token.word == "OR":
            end = index + 2 if tokens[index + 1].word == "SQLSTATE" else index + 1
            yield Change("handler dropped", tokens[index].start, tokens[end].end, "")
            yield Change("handler dropped", tokens[1].start, tokens[index].end, "")
    if tokens[1].word == "OTHERS":
        yield Change("handler dropped", tokens[1].start, tokens[1].end, "SQLSTATE 'P7999'")


def _changes_of_raise(tokens: Sequence[Token]) -> Iterator[Change]:
    """A refusal may lose its code or its force; its words are for people."""
    for index, token in enumerate(tokens):
        if token.word == "ERRCODE":
            yield Change("error code", tokens[index + 2].start, tokens[index + 2].end, "'P7999'")
        elif token.word == "EXCEPTION" and tokens[index - 1].word == "RAISE":
            yield Change("refusal weakened", token.start, token.end, "WARNING")


def _mutants_of_defaults(function: Function) -> Iterator[Mutant]:
    """What a caller who leaves an argument out gets instead of NULL."""
    head = function.definition[: function.definition.index(function.body)]
    for found in re.finditer(r"(\w+) [\w.\[\]]+ DEFAULT (NULL::([\w.]+)(\[\])?)", head):
        value = _OTHER_DEFAULTS.get(found[3])
        if value is not None:
            changed = f"ARRAY[{value}]" if found[4] else value
            yield Mutant(
                kind="default argument",
                object=function.name,
                change=f"-{found[1]} DEFAULT {found[2]}\n+{found[1]} DEFAULT {changed}",
                statements=(splice(function.definition, found.start(2), found.end(2), changed),),
            )


def _mutants_of_attributes(function: Function) -> Iterator[Mutant]:
    alter = f"ALTER FUNCTION {function.signature}"
    paths = {"no pinned path": "RESET search_path", "pg_temp first": "SET search_path = pg_temp, pg_catalog"}
    for change, action in paths.items():
        yield Mutant(kind="search path", object=function.name, change=change, statements=(f"{alter} {action}",))
    for attribute in ("IMMUTABLE", "STABLE", "VOLATILE"):
        if attribute != function.volatility:
            yield Mutant(kind="volatility", object=function.name, change=attribute, statements=(f"{alter} {attribute}",))
    strictness = "CALLED ON NULL INPUT" if function.strict else "STRICT"
    yield Mutant(kind="strictness", object=function.name, change=strictness, statements=(f"{alter} {strictness}",))
    security = "INVOKER" if function.security_definer else "DEFINER"
    yield Mutant(
        kind="security", object=function.name, change=f"SECURITY {security}", statements=(f"{alter} SECURITY {security}",)
    )
    if function.owner == "outbox_control":
        yield Mutant(
            kind="owner", object=function.name, change="owned by who applied sql/", statements=(f"{alter} OWNER TO CURRENT_USER",)
        )
    yield Mutant(
        kind="grant added",
        object=function.name,
        change="EXECUTE to PUBLIC",
        statements=(f"GRANT EXECUTE ON FUNCTION {function.signature} TO PUBLIC",),
    )

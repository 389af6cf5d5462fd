"""Mutants of everything but function bodies: tables, indexes, triggers, the view, grants, limits, standing queries."""

import re
from collections.abc import Iterable, Iterator

from leaseproof.database.anatomy import Anatomy
from leaseproof.database.invariants import Invariant
from leaseproof.proof.strength.bodies import Function, mutants_of_function
from leaseproof.proof.strength.expressions import changes_of_expression
from leaseproof.proof.strength.mutant import Mutant, named
from leaseproof.proof.strength.tokens import splice, tokenize


def mutants_of_invariants(invariants: Iterable[Invariant]) -> Iterator[Mutant]:
    """Yield one mutant for each standing query: it finds nothing any more, so a proof that breaks it must notice."""
    for invariant in invariants:
        yield Mutant(
            kind="standing query silenced",
            object=f"invariants.{invariant.name}",
            change=f"{invariant.name} returns no row whatever it finds",
            statements=(),
            silenced=invariant.name,
        )


def mutants_of_model(anatomy: Anatomy) -> tuple[Mutant, ...]:
    """Return every mutant of a model, named and sorted.

    Args:
        anatomy: read from a database that holds the model unchanged.
    """
    return named(
        [
            *_functions(anatomy),
            *_constraints(anatomy),
            *_columns(anatomy),
            *_indexes(anatomy),
            *_triggers(anatomy),
            *_views(anatomy),
            *_grants(anatomy),
            *_settings(anatomy),
        ]
    )


def _functions(anatomy: Anatomy) -> Iterator[Mutant]:
    for name, signature, definition, body, security_definer, owner, volatility, strict in anatomy.functions:
        yield from mutants_of_function(
            Function(
                name=name,
                signature=signature,
                definition=definition,
                body=body,
                security_definer=security_definer,
                owner=owner,
                volatility=volatility,
                strict=strict,
            )
        )


def _expression_variants(text: str) -> Iterator[tuple[str, str]]:
    """Kind and text of every change of an expression."""
    for change in changes_of_expression(tokenize(text)):
        yield change.kind, splice(text, change.start, change.end, change.replacement)


def _constraints(anatomy: Anatomy) -> Iterator[Mutant]:
    for table, name, kind, definition in anatomy.constraints:
        where = f"{table}.{name}"
        drop = f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE"
        yield Mutant(kind="constraint dropped", object=where, change=f"-{definition}", statements=(drop,))
        if kind == "c":
            for change, changed in _expression_variants(definition):
                yield Mutant(
                    kind=f"constraint {change}",
                    object=where,
                    change=f"-{definition}\n+{changed}",
                    statements=(drop, f"ALTER TABLE {table} ADD CONSTRAINT {name} {changed}"),
                )
        elif kind == "u":
            columns = re.findall(r"\w+", definition[definition.index("(") :])
            for column in columns if len(columns) > 1 else ():
                less = f"UNIQUE ({', '.join(one for one in columns if one != column)})"
                yield Mutant(
                    kind="key column dropped",
                    object=where,
                    change=f"-{definition}\n+{less}",
                    statements=(drop, f"ALTER TABLE {table} ADD CONSTRAINT {name} {less}"),
                )
            yield Mutant(
                kind="constraint deferred",
                object=where,
                change=f"-{definition}\n+{definition} DEFERRABLE INITIALLY DEFERRED",
                statements=(drop, f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition} DEFERRABLE INITIALLY DEFERRED"),
            )


def _columns(anatomy: Anatomy) -> Iterator[Mutant]:
    for table, name, kind, not_null, default, collated, in_key in anatomy.columns:
        where = f"{table}.{name}"
        alter = f"ALTER TABLE {table} ALTER COLUMN {name}"
        if not_null and not in_key:
            yield Mutant(kind="not null dropped", object=where, change="-NOT NULL", statements=(f"{alter} DROP NOT NULL",))
        if default is not None:
            yield Mutant(kind="default dropped", object=where, change=f"-DEFAULT {default}", statements=(f"{alter} DROP DEFAULT",))
        if collated:
            change = f"{alter} TYPE {kind} COLLATE \"default\""
            around = [row for row in anatomy.triggers if row[0] == table]  # a column that a trigger reads keeps its type
            yield Mutant(
                kind="collation dropped",
                object=where,
                change='-COLLATE "C"',
                statements=(
                    *(f"DROP TRIGGER {trigger} ON {table}" for _table, trigger, _definition, _enabled in around),
                    change,
                    *(statement for row in around for statement in _made_again(*row)),
                ),
            )


def _made_again(table: str, trigger: str, definition: str, enabled: str) -> tuple[str, ...]:
    always = (f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}",) if enabled == "A" else ()
    return (definition, *always)


def _indexes(anatomy: Anatomy) -> Iterator[Mutant]:
    for table, name, definition, unique in anatomy.indexes:
        where = f"{table}.{name}"
        drop = f"DROP INDEX {name}"
        yield Mutant(kind="index dropped", object=where, change=f"-{definition}", statements=(drop,))
        variants = []
        if unique:
            variants.append(("uniqueness dropped", definition.replace("CREATE UNIQUE INDEX", "CREATE INDEX")))
        if " WHERE " in definition:
            head, predicate = definition.split(" WHERE ", 1)
            variants.append(("predicate dropped", head))
            variants.extend((f"predicate {kind}", f"{head} WHERE {text}") for kind, text in _expression_variants(predicate))
            states = re.findall(r"'[A-Z_]+'::\w+", predicate)
            variants.extend(("predicate state dropped", f"{head} WHERE {_without(predicate, state)}") for state in states[1:] and states)
        for kind, changed in variants:
            yield Mutant(kind=kind, object=where, change=f"-{definition}\n+{changed}", statements=(drop, changed))


def _without(text: str, member: str) -> str:
    return text.replace(f"{member}, ", "").replace(f", {member}", "")


def _triggers(anatomy: Anatomy) -> Iterator[Mutant]:
    for table, name, definition, enabled in anatomy.triggers:
        where = f"{table}.{name}"
        drop = f"DROP TRIGGER {name} ON {table}"
        restore = (f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",) if enabled == "A" else ()
        yield Mutant(kind="trigger dropped", object=where, change=f"-{definition}", statements=(drop,))
        yield Mutant(
            kind="trigger disabled", object=where, change="DISABLE", statements=(f"ALTER TABLE {table} DISABLE TRIGGER {name}",)
        )
        if enabled == "A":
            yield Mutant(
                kind="trigger weakened",
                object=where,
                change="ENABLE instead of ENABLE ALWAYS",
                statements=(f"ALTER TABLE {table} ENABLE TRIGGER {name}",),
            )
        for kind, changed in _trigger_variants(definition):
            yield Mutant(kind=kind, object=where, change=f"-{definition}\n+{changed}", statements=(drop, changed, *restore))


def _trigger_variants(definition: str) -> Iterator[tuple[str, str]]:
    for event in ("DELETE OR UPDATE", "UPDATE OR DELETE"):
        if event in definition:
            yield "event dropped", definition.replace(event, "UPDATE")
            yield "event dropped", definition.replace(event, "DELETE")
    if " BEFORE " in definition and "WHEN" not in definition:
        yield "trigger too late", definition.replace(" BEFORE ", " AFTER ")
    if "WHEN (" in definition:
        head, rest = definition.split("WHEN (", 1)
        condition, tail = rest.rsplit(") EXECUTE", 1)
        for kind, changed in _expression_variants(condition):
            yield f"trigger {kind}", f"{head}WHEN ({changed}) EXECUTE{tail}"


def _views(anatomy: Anatomy) -> Iterator[Mutant]:
    for name, definition in anatomy.views:
        for kind, changed in _expression_variants(definition):
            yield Mutant(
                kind=f"view {kind}",
                object=name,
                change=_changed_line(definition, changed),
                statements=(f"CREATE OR REPLACE VIEW {name} AS {changed}",),
            )


def _changed_line(before: str, after: str) -> str:
    pairs = [(old, new) for old, new in zip(before.splitlines(), after.splitlines(), strict=False) if old != new]
    return "\n".join(f"-{old.strip()}\n+{new.strip()}" for old, new in pairs[:2])


def _grants(anatomy: Anatomy) -> Iterator[Mutant]:
    for relation, role, privilege, has in anatomy.relation_privileges:
        if has:
            change, statement = "grant revoked", f"REVOKE {privilege} ON TABLE {relation} FROM {role}"
        else:
            change, statement = "grant added", f"GRANT {privilege} ON TABLE {relation} TO {role}"
        yield Mutant(kind=change, object=relation, change=statement, statements=(statement,))
    for relation, column, role, privilege in anatomy.column_grants:
        statement = f"REVOKE {privilege} ({column}) ON TABLE {relation} FROM {role}"
        yield Mutant(kind="grant revoked", object=f"{relation}.{column}", change=statement, statements=(statement,))
    for signature, name, role, has in anatomy.function_privileges:
        verb, preposition = ("REVOKE", "FROM") if has else ("GRANT", "TO")
        statement = f"{verb} EXECUTE ON FUNCTION {signature} {preposition} {role}"
        yield Mutant(
            kind="grant revoked" if has else "grant added", object=name, change=statement, statements=(statement,)
        )
    for statement in ("GRANT CREATE ON SCHEMA public TO PUBLIC", "GRANT CREATE ON SCHEMA public TO outbox_executor"):
        yield Mutant(kind="grant added", object="public", change=statement, statements=(statement,))
    for role in ("outbox_ingest", "outbox_executor", "outbox_readonly", "outbox_auditor", "outbox_control"):
        statement = f"REVOKE USAGE ON SCHEMA public FROM PUBLIC, {role}"
        yield Mutant(kind="grant revoked", object="public", change=statement, statements=(statement,))


def _settings(anatomy: Anatomy) -> Iterator[Mutant]:
    for column, value in anatomy.settings:
        for other in (int(value) + 1, int(value) - 1):
            change = f"{column} = {other}"
            yield Mutant(
                kind="setting",
                object="outbox_settings",
                change=f"-{column} = {value}\n+{change}",
                statements=(f"UPDATE public.outbox_settings SET {change}",),
            )

"""Who may do what with the model: every cell of privilege_matrix.toml is tried on a connection of its role."""

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from leaseproof.database.connection import Connection
from leaseproof.errors import DatabaseError
from leaseproof.proof.fixtures import ConnectAs

MATRIX: dict[str, Any] = tomllib.loads(Path(__file__).with_name("privilege_matrix.toml").read_text(encoding="utf-8"))
ROLES = ("outbox_ingest", "outbox_executor", "outbox_readonly", "outbox_auditor", "outbox_control", "stranger")
INSUFFICIENT_PRIVILEGE = "42501"
Cell = tuple[str, str, bool]  # what is tried, the statement, whether it must be allowed

TABLE_STATEMENTS = {
    "SELECT": "SELECT * FROM {table} LIMIT 0",
    "INSERT": "INSERT INTO {table} DEFAULT VALUES",
    "UPDATE": "UPDATE {table} SET {assignments} WHERE false",
    "DELETE": "DELETE FROM {table} WHERE false",
    "TRUNCATE": "TRUNCATE {table}",
    "TRIGGER": "CREATE TRIGGER tried BEFORE INSERT ON {table} EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger()",
    "MAINTAIN": "REINDEX TABLE {table}",
}
COLUMN_STATEMENTS = {
    "SELECT": "SELECT {column} FROM {table} LIMIT 0",
    "INSERT": "INSERT INTO {table} ({column}) VALUES (DEFAULT)",
    "UPDATE": "UPDATE {table} SET {column} = DEFAULT WHERE false",
}
SCHEMA_STATEMENTS = {
    "USAGE": "SELECT pg_catalog.to_regtype('{schema}.tried')",
    "CREATE": "CREATE TABLE {schema}.tried ()",
}
DATABASE_STATEMENTS = {"TEMP": "CREATE TEMPORARY TABLE tried ()", "CREATE": "CREATE SCHEMA tried"}
TYPE_STATEMENTS = {"USAGE": "CREATE TEMPORARY TABLE tried (tried {type})"}

REFERENCES_STATEMENTS = """
SELECT format('%I.%I', n.nspname, c.relname),
    format('CREATE TABLE own.tried (%s, FOREIGN KEY (%s) REFERENCES %I.%I)',
        string_agg(format('%I %s', a.attname, format_type(a.atttypid, NULL)), ', '), string_agg(quote_ident(a.attname), ', '),
        n.nspname, c.relname)
FROM pg_constraint AS p
JOIN pg_class AS c ON c.oid = p.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = ANY (p.conkey)
WHERE p.contype = 'p' AND n.nspname = 'public'
GROUP BY n.nspname, c.relname
"""
OBJECTS = """
SELECT CASE WHEN c.relkind = 'v' THEN 'view' WHEN c.relkind = 'S' THEN 'sequence' ELSE 'table' END, c.oid::regclass::text
FROM pg_class AS c
WHERE c.relnamespace IN (SELECT n.oid FROM pg_namespace AS n WHERE n.nspname !~ '^pg_|^information_schema$')
    AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
UNION ALL
SELECT 'column', a.attrelid::regclass::text || '.' || a.attname
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid
WHERE c.relnamespace IN (SELECT n.oid FROM pg_namespace AS n WHERE n.nspname !~ '^pg_|^information_schema$')
    AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND a.attnum > 0
    AND NOT a.attisdropped
UNION ALL
SELECT 'function', f.oid::regprocedure::text
FROM pg_proc AS f
WHERE f.pronamespace IN (SELECT n.oid FROM pg_namespace AS n WHERE n.nspname !~ '^pg_|^information_schema$')
UNION ALL
SELECT 'type', t.oid::regtype::text
FROM pg_type AS t
LEFT JOIN pg_class AS c ON c.oid = t.typrelid
WHERE t.typnamespace IN (SELECT n.oid FROM pg_namespace AS n WHERE n.nspname !~ '^pg_|^information_schema$')
    AND (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c')
UNION ALL
SELECT 'schema', n.nspname FROM pg_namespace AS n WHERE n.nspname !~ '^pg_|^information_schema$'
"""


def stated_objects() -> set[tuple[str, str]]:
    """Return the kind and the name of everything that the matrix has a line for."""
    relations = [(kind, name, lines) for kind in ("table", "view") for name, lines in MATRIX[kind].items()]
    return {
        *((kind, name) for kind, name, _lines in relations),
        *(("column", f"{name}.{column}") for _kind, name, lines in relations for column in lines["columns"]),
        *((kind, name) for kind in ("function", "type", "schema") for name in MATRIX[kind]),
    }


def differences(owner: Connection) -> list[str]:
    """Return a sentence for each object without a line in the matrix, and for each line without an object."""
    owner.execute("SET search_path = ''")
    found = {(kind, name) for kind, name in owner.execute(OBJECTS)}
    stated = stated_objects()
    return [f"{kind} {name} has no line in privilege_matrix.toml" for kind, name in sorted(found - stated)] + [
        f"{kind} {name} of privilege_matrix.toml is not in the database" for kind, name in sorted(stated - found)
    ]


def argument_types(function: str) -> list[str]:
    """Return the types in a function's signature."""
    listed = function.partition("(")[2].removesuffix(")")
    return listed.split(",") if listed else []


def cells_of(role: str) -> Iterator[Cell]:
    """Yield everything that a role tries, and what must come of it."""
    for name, lines in MATRIX["table"].items():
        assignments = ", ".join(f"{column} = DEFAULT" for column in lines["columns"])
        granted = set(lines.get(role, ()))
        for privilege, statement in TABLE_STATEMENTS.items():
            yield f"{privilege} on table {name}", statement.format(table=name, assignments=assignments), privilege in granted
        for column, by_role in lines["columns"].items():
            for privilege, statement in COLUMN_STATEMENTS.items():
                allowed = privilege in granted | set(by_role.get(role, ()))
                yield f"{privilege} on column {name}.{column}", statement.format(table=name, column=column), allowed
    for name, lines in MATRIX["view"].items():
        allowed = "SELECT" in lines.get(role, ())
        yield f"SELECT on view {name}", f"SELECT * FROM {name}", allowed
        for column in lines["columns"]:
            yield f"SELECT on column {name}.{column}", f"SELECT {column} FROM {name}", allowed
    for name, roles in MATRIX["function"].items():
        arguments = ", ".join(f"NULL::{argument}" for argument in argument_types(name))
        yield f"EXECUTE on function {name}", f"SELECT {name.partition('(')[0]}({arguments})", role in roles
    for name, lines in MATRIX["type"].items():
        for privilege, statement in TYPE_STATEMENTS.items():
            yield f"{privilege} on type {name}", statement.format(type=name), role in lines[privilege]
    for name, lines in MATRIX["schema"].items():
        for privilege, statement in SCHEMA_STATEMENTS.items():
            yield f"{privilege} on schema {name}", statement.format(schema=name), role in lines[privilege]
    for privilege, statement in DATABASE_STATEMENTS.items():
        yield f"{privilege} on the database", statement, role in MATRIX["database"][privilege]


def reference_cells(role: str, owner: Connection) -> Iterator[Cell]:
    """Yield a foreign key to each table: it needs a place for its own table, and with it others' rows cannot be deleted."""
    statements = dict(owner.execute(REFERENCES_STATEMENTS).fetchall())
    for name, lines in MATRIX["table"].items():
        yield f"REFERENCES on table {name}", statements[name], "REFERENCES" in lines.get(role, ())


def is_allowed(connection: Connection, statement: str) -> bool:
    """Try a statement and take it back: any answer but 42501 means that it was allowed to run.

    A 42501 from inside a function or a trigger has a context: by then the statement itself was allowed.
    """
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(statement)
    except DatabaseError as error:
        answered = error.__context__
        assert isinstance(answered, psycopg.Error)
        return error.sqlstate != INSUFFICIENT_PRIVILEGE or answered.diag.context is not None
    return True


@pytest.mark.parametrize("role", ROLES)
def test_each_privilege_is_as_the_matrix_says(
    role: str, database: str, connect_as: ConnectAs, record_property: Callable[[str, object], None]
) -> None:
    """A role is allowed exactly the cells that the matrix gives it, each tried on its own connection."""
    owner, connection = connect_as("owner", database), connect_as(role, database)
    (user,) = connection.execute("SELECT quote_ident(current_user)").fetchone() or ("",)
    owner.execute(f"CREATE SCHEMA own AUTHORIZATION {user}")
    cells = [*cells_of(role), *reference_cells(role, owner)]
    wrong = [what for what, statement, allowed in cells if is_allowed(connection, statement) is not allowed]
    owner.execute("DROP SCHEMA own")
    print(f"{role}: {len(cells)} cells tried, {sum(allowed for *_rest, allowed in cells)} allowed")
    record_property("cells", len(cells))
    assert wrong == []


def test_every_object_has_its_line(database: str, connect_as: ConnectAs) -> None:
    """Tables, columns, views, functions, types and schemas of the model are those of the matrix."""
    assert differences(connect_as("owner", database)) == []


def test_matrix_names_known_roles_only() -> None:
    """A slip of the pen in a role's name would quietly mean that nobody has the privilege."""
    relations = [*MATRIX["table"].values(), *MATRIX["view"].values()]
    named = {role for lines in relations for role in lines if role != "columns"}
    named |= {role for lines in relations for by_role in lines["columns"].values() for role in by_role}
    named |= {role for roles in MATRIX["function"].values() for role in roles}
    privileges = [*MATRIX["type"].values(), *MATRIX["schema"].values(), MATRIX["database"]]
    named |= {role for lines in privileges for roles in lines.values() for role in roles}
    assert named - set(ROLES) == set()


@pytest.mark.parametrize(
    ("made", "named"),
    [
        ("CREATE TABLE public.extra ()", "table public.extra"),
        ("CREATE VIEW public.extra AS SELECT", "view public.extra"),
        ("CREATE SEQUENCE public.extra", "sequence public.extra"),
        ("CREATE TYPE public.extra AS ENUM ()", "type public.extra"),
        ("CREATE SCHEMA extra", "schema extra"),
        ("CREATE FUNCTION public.extra(integer) RETURNS integer LANGUAGE sql RETURN 1", "function public.extra(integer)"),
        ("ALTER TABLE public.payment_outbox_pending ADD COLUMN extra integer", "column public.payment_outbox_pending.extra"),
    ],
)
def test_object_without_a_line_is_named(made: str, named: str, database: str, connect_as: ConnectAs) -> None:
    """What is added to the database and forgotten in the matrix is red."""
    owner = connect_as("owner", database)
    with owner.transaction(force_rollback=True):
        owner.execute(made)
        assert differences(owner) == [f"{named} has no line in privilege_matrix.toml"]


def test_line_without_an_object_is_named(database: str, connect_as: ConnectAs) -> None:
    """What was dropped and is still in the matrix is red."""
    owner = connect_as("owner", database)
    with owner.transaction(force_rollback=True):
        owner.execute("DROP FUNCTION public.report_late_outcome")
        (sentence,) = differences(owner)
    assert sentence.startswith("function public.report_late_outcome(")
    assert sentence.endswith("of privilege_matrix.toml is not in the database")


@pytest.mark.parametrize(
    ("privilege", "statement"),
    [
        ("DELETE ON public.payment_outbox_pending", "DELETE FROM public.payment_outbox_pending WHERE false"),
        ("SELECT (payload) ON public.payment_outbox_pending", "SELECT payload FROM public.payment_outbox_pending LIMIT 0"),
        ("EXECUTE ON FUNCTION public.close_outbox_claims(text)", "SELECT public.close_outbox_claims('crept in')"),
    ],
)
def test_privilege_that_crept_in_is_found(privilege: str, statement: str, database: str, connect_as: ConnectAs) -> None:
    """What all cells rest on notices one grant too many, also one that other missing privileges make useless."""
    owner, executor = connect_as("owner", database), connect_as("outbox_executor", database)
    assert not is_allowed(executor, statement)
    owner.execute(f"GRANT {privilege} TO outbox_executor")
    allowed = is_allowed(executor, statement)
    owner.execute(f"REVOKE {privilege} FROM outbox_executor")
    assert allowed


def test_reference_that_crept_in_is_found(database: str, connect_as: ConnectAs) -> None:
    """A foreign key from a place of the role's own is refused for want of REFERENCES alone."""
    owner, executor = connect_as("owner", database), connect_as("outbox_executor", database)
    owner.execute("CREATE SCHEMA own AUTHORIZATION outbox_executor")
    statement = dict(owner.execute(REFERENCES_STATEMENTS).fetchall())["public.payment_outbox_pending"]
    assert not is_allowed(executor, statement)
    owner.execute("GRANT REFERENCES ON public.payment_outbox_pending TO outbox_executor")
    allowed = is_allowed(executor, statement)
    owner.execute("REVOKE REFERENCES ON public.payment_outbox_pending FROM outbox_executor")
    owner.execute("DROP SCHEMA own")
    assert allowed

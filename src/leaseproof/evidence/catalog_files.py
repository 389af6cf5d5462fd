"""The files of the bundle that quote the catalog of the database that was proved."""

from collections.abc import Iterable, Mapping, Sequence

from leaseproof.database.catalog import Grant, Item
from leaseproof.evidence.record import StandingInvariant

GRANTS_FILE = "01_grants.tsv"
FUNCTIONS_FILE = "02_functions.sql"
INVARIANTS_FILE = "03_invariants.sql"
VIEWS_FILE = "04_views.sql"
SCHEMA_FILE = "06_schema.sql"
PRIVILEGES_FILE = "07_privileges.sql"


def catalog_files(
    items: Sequence[Item], grants: Iterable[Grant], invariants: Iterable[StandingInvariant], *, server: str
) -> Mapping[str, str]:
    """Return the text of each catalog file.

    Args:
        items: all kinds, as :func:`leaseproof.database.catalog.items` returns them.
        grants: as :func:`leaseproof.database.catalog.grants` returns them.
        invariants: the standing queries that were run.
        server: the version that the server says it is.
    """
    kinds: dict[str, list[Item]] = {}
    for item in items:
        kinds.setdefault(item.kind, []).append(item)
    granted = list(grants)
    return {
        GRANTS_FILE: _grants_table(granted),
        FUNCTIONS_FILE: (
            _head("functions", server)
            + "\n".join(f"{one.definition.rstrip()};\n" for one in kinds.get("function", []))
        ),
        INVARIANTS_FILE: _invariants(kinds, invariants, server),
        VIEWS_FILE: (
            _head("views", server)
            + "\n".join(f"-- view {one.name}, {one.definition.rstrip()}\n" for one in kinds.get("view", []))
        ),
        SCHEMA_FILE: _schema(kinds, server),
        PRIVILEGES_FILE: _privileges(kinds, granted, server),
    }


def _head(what: str, server: str) -> str:
    return f"-- The {what} of the database that was proved, read from the catalog of PostgreSQL {server}.\n\n"


def _grants_table(grants: Iterable[Grant]) -> str:
    lines = ["kind\tobject\tgrantee\tprivilege\tgrantable"]
    lines += [
        "\t".join(
            (one.object_kind, one.object_name, one.grantee, one.privilege, "yes" if one.grantable else "no")
        )
        for one in grants
    ]
    return "\n".join(lines) + "\n"


def _invariants(kinds: Mapping[str, list[Item]], invariants: Iterable[StandingInvariant], server: str) -> str:
    parts = [
        _head("constraints, indexes and triggers", server),
        "-- PART 1. What the database itself refuses: its constraints, unique indexes and triggers.\n",
    ]
    for kind in ("constraint", "index", "trigger"):
        for one in kinds.get(kind, []):
            if kind != "index" or "UNIQUE" in one.definition:
                parts.append(f"-- {kind} {one.name}\n{one.definition};\n")
    parts.append(
        "-- PART 2. The standing invariants: each query returned no row after every proof, and in"
        " 09_regression.txt.\n"
    )
    parts += [f"-- invariant {one.name}\n{one.sql.rstrip().removesuffix(';')};\n" for one in invariants]
    return "\n".join(parts)


def _schema(kinds: Mapping[str, list[Item]], server: str) -> str:
    parts = [_head("schema", server)]
    parts += [f"CREATE TYPE public.{one.name} AS ENUM ({one.definition});\n" for one in kinds.get("enum", [])]
    for table in kinds.get("table", []):
        columns = [one for one in kinds.get("column", []) if one.belongs_to == table.name]
        rules = [one for one in kinds.get("constraint", []) if one.belongs_to == table.name]
        body = [f"    {one.name.rpartition('.')[2]} {one.definition}" for one in columns]
        body += [f"    CONSTRAINT {one.name.partition('.')[2]} {one.definition}" for one in rules]
        parts.append(
            f"-- {table.definition}\nCREATE TABLE public.{table.name} (\n" + ",\n".join(body) + "\n);\n"
        )
        for kind in ("index", "trigger", "rule", "policy"):
            parts += [f"{one.definition};\n" for one in kinds.get(kind, []) if one.belongs_to == table.name]
    parts += [f"-- {one.name}: {' '.join(one.definition.split())}\n" for one in kinds.get("comment", [])]
    return "\n".join(parts)


def _privileges(kinds: Mapping[str, list[Item]], grants: Iterable[Grant], server: str) -> str:
    parts = [_head("roles and privileges", server)]
    parts += [f"-- role {one.name}: {one.definition}\n" for one in kinds.get("role", [])]
    parts += [f"-- membership {one.name}: {one.definition}\n" for one in kinds.get("membership", [])]
    parts += [f"-- schema {one.name} is owned by {one.definition}\n" for one in kinds.get("schema", [])]
    parts += [f"-- {one.name}: {one.definition}\n" for one in kinds.get("table", [])]
    for one in grants:
        option = " WITH GRANT OPTION" if one.grantable else ""
        parts.append(f"GRANT {one.privilege}{_target(one)} TO {one.grantee}{option};\n")
    return "".join(parts)


def _target(grant: Grant) -> str:
    if grant.object_kind == "column":
        table, _, column = grant.object_name.rpartition(".")
        return f" ({column}) ON {table}"
    kind = {"schema": "SCHEMA ", "function": "FUNCTION ", "sequence": "SEQUENCE "}.get(grant.object_kind, "")
    return f" ON {kind}{grant.object_name}"

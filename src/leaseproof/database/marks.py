"""Databases that a test breaks on purpose: it says so on the database, where the regression query reads it.

A database without a mark must hold every standing invariant when its test has ended.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leaseproof.database.connection import Connection, sql

KEY = "leaseproof: broken on purpose"


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What a test said about its database."""

    invariants: Sequence[str]  # standing invariants that do not hold there
    by: str  # the test's nodeid


def mark_broken(admin: Connection, database: str, *, invariants: Sequence[str], by: str) -> None:
    """Say that a database breaks standing invariants on purpose."""
    text = json.dumps({KEY: sorted(invariants), "by": by})
    admin.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(database), text))


def broken_on_purpose(admin: Connection) -> Mapping[str, Mark]:
    """Return database → mark, of every marked database of the server."""
    rows = admin.execute(
        "SELECT d.datname, pg_catalog.shobj_description(d.oid, 'pg_database') FROM pg_catalog.pg_database AS"
        " d WHERE starts_with(pg_catalog.shobj_description(d.oid, 'pg_database'), %s) ORDER BY 1",
        [f'{{"{KEY}"'],
    )
    values = {name: json.loads(text) for name, text in rows.fetchall()}
    return {name: Mark(invariants=tuple(value[KEY]), by=value["by"]) for name, value in values.items()}

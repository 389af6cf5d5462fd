"""What a database really has, read from its catalog: the evidence quotes it, and drift compares two of them.

Read-only, in one order whatever the server's locale, every name qualified. An owner that is no role of the
model (it differs from one server to the next) reads ``the owner``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from leaseproof.database.catalog_queries import GRANTS, QUERIES
from leaseproof.database.connection import Connection
from leaseproof.database.roles import MODEL_ROLES

KINDS = (*QUERIES, "grant")


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing in the catalog."""

    kind: str  # of KINDS
    name: str  # unique in its kind
    belongs_to: str  # the relation, type, function name, role or schema that it is a part of
    definition: str  # as the server itself writes it


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One privilege of one grantee on one object; the owner's own are left out."""

    object_kind: str  # schema, table, view, sequence, column or function
    object_name: str  # qualified; a column after its table, a function with its argument types
    grantee: str  # PUBLIC or a role
    privilege: str
    grantable: bool


def items(connection: Connection, *kinds: str) -> tuple[Item, ...]:
    """Return what the schema ``public`` of the database has, and the model's roles.

    Args:
        connection: of any role; the catalog is open to all.
        kinds: of :data:`KINDS`; default all of them, in that order.
    """
    found: list[Item] = []
    with _reading(connection):
        for kind in kinds or KINDS:
            if kind == "grant":
                found += (_grant_item(grant) for grant in _grants(connection))
            else:
                rows = connection.execute(QUERIES[kind], {"roles": list(MODEL_ROLES)}).fetchall()
                found += (
                    Item(kind=kind, name=name, belongs_to=whole, definition=text)
                    for name, whole, text in rows
                )
    return tuple(found)


def grants(connection: Connection) -> tuple[Grant, ...]:
    """Return every privilege in the schema ``public`` and on it, defaults of the server included."""
    with _reading(connection):
        return _grants(connection)


@contextmanager
def _reading(connection: Connection) -> Iterator[None]:
    """One snapshot, nothing written, and every name qualified because nothing is on the path."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.execute("SET LOCAL search_path = pg_catalog")
        yield


def _grants(connection: Connection) -> tuple[Grant, ...]:
    rows = connection.execute(GRANTS, {"roles": list(MODEL_ROLES)}).fetchall()
    return tuple(
        Grant(object_kind=kind, object_name=name, grantee=grantee, privilege=privilege, grantable=grantable)
        for kind, name, grantee, privilege, grantable in rows
    )


def _grant_item(grant: Grant) -> Item:
    whole = grant.object_name.removeprefix("public.").split("(")[0].split(".")[0]
    return Item(
        kind="grant",
        name=f"{grant.privilege} on {grant.object_kind} {grant.object_name} to {grant.grantee}",
        belongs_to=whole,
        definition="with grant option" if grant.grantable else "granted",
    )

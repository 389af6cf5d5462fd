"""The standing invariants: queries that return no row while the model holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from leaseproof.database.connection import Connection
from leaseproof.errors import LeaseproofError

SHOWN_ROWS = 5  # of one violation


@dataclass(frozen=True, kw_only=True)
class Invariant:
    """One standing query."""

    name: str  # the file's stem
    claim: str  # its first line, without the comment's dashes
    sql: str  # one SELECT, without its semicolon


@dataclass(frozen=True, kw_only=True)
class Violation:
    """An invariant that does not hold in a database."""

    invariant: Invariant
    row_count: int
    rows: tuple[str, ...]  # the first few, each in PostgreSQL's notation of a row


def load_invariants(directory: Path) -> tuple[Invariant, ...]:
    """Return the invariants of ``sql/invariants/``, sorted by name.

    Raises:
        LeaseproofError: there is none, or a file does not open with its claim, or has more than one
            statement.
    """
    paths = sorted(directory.glob("*.sql"))
    if not paths:
        raise LeaseproofError(
            f"got no .sql file in {directory}; expected the standing invariants; run from the project's root"
        )
    return tuple(_load(path) for path in paths)


def check(connection: Connection, invariants: Sequence[Invariant]) -> tuple[Violation, ...]:
    """Return what does not hold, in the order of the invariants, in one round trip and one snapshot.

    Args:
        connection: of a role that may read what the queries read.
        invariants: from :func:`load_invariants`.

    Raises:
        DatabaseError: a query failed.
    """
    if not invariants:
        return ()
    by_name = {invariant.name: invariant for invariant in invariants}
    rows = connection.execute(combined(invariants)).fetchall()
    return tuple(
        Violation(invariant=by_name[name], row_count=count, rows=tuple(shown)) for name, count, shown in rows
    )


def combined(invariants: Iterable[Invariant]) -> str:
    """Return one query for all: for each that does not hold its name, number of rows and first rows."""
    parts = [
        f"SELECT {number}, '{invariant.name}', count(*), (array_agg(violation::text ORDER BY "
        f'violation::text COLLATE "C"))[1:{SHOWN_ROWS}]\n'
        f"FROM (\n{invariant.sql}\n) AS violation\nHAVING count(*) > 0"
        for number, invariant in enumerate(invariants)
    ]
    union = "\nUNION ALL\n".join(parts)
    found = f"(\n{union}\n) AS found (number, name, row_count, shown)"
    return f"SELECT name, row_count, shown FROM {found}\nORDER BY number"


def _load(path: Path) -> Invariant:
    text = path.read_text(encoding="utf-8").strip()
    first = text.partition("\n")[0]
    if not first.startswith("-- ") or not first.removeprefix("-- ").strip():
        raise LeaseproofError(
            f"{path}:1: got {first!r}; expected the claim as a comment, '-- <claim>'; write it on the "
            "first line"
        )
    query = text.removesuffix(";")
    if not path.stem.replace("_", "").isalnum():
        raise LeaseproofError(
            f"got the invariant {path.name}; expected letters, digits and underscores; rename the file"
        )
    return Invariant(name=path.stem, claim=first.removeprefix("-- ").strip(), sql=query)

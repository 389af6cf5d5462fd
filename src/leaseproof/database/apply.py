"""Putting the model on a database: every file of ``sql/`` in name order, in one transaction, repeatable."""

import hashlib
from pathlib import Path

from leaseproof.database import roles
from leaseproof.database.connection import Connection, database_errors
from leaseproof.errors import DatabaseError, LeaseproofError


def model_files(directory: Path) -> tuple[Path, ...]:
    """Return the model's files in the order in which they are applied.

    Raises:
        LeaseproofError: there is none.
    """
    files = tuple(sorted(directory.glob("*.sql")))
    if not files:
        raise LeaseproofError(
            f"got no .sql file in {directory}; expected the model; run from the project's root"
        )
    return files


def model_digest(directory: Path) -> str:
    """Return the hash of the model's files, names included: 64 hex digits."""
    digest = hashlib.sha256()
    for path in model_files(directory):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def apply(connection: Connection, directory: Path, *, for_run: bool = False) -> tuple[str, ...]:
    """Apply the model, all of it or nothing.

    Args:
        connection: as the role that will own the model, outside a transaction.
        directory: the folder of the model's files.
        for_run: the database is a run's own, so roles that are made here are marked as such; otherwise they
            stay.

    Returns:
        The names of the files.

    Raises:
        DatabaseError: what the server refused; its message names the file unless it is the model's own
            prerequisite.
    """
    files = model_files(directory)
    with database_errors(), connection.transaction():
        made = roles.missing_roles(connection)
        for path in files:
            _execute(connection, path)
        if for_run:
            roles.mark(connection, [role for role in made if role not in roles.missing_roles(connection)])
        else:
            roles.unmark(connection)
    return tuple(path.name for path in files)


def _execute(connection: Connection, path: Path) -> None:
    try:
        connection.execute(path.read_text(encoding="utf-8"))
    except DatabaseError as error:
        if error.sqlstate.startswith("P7"):
            raise
        raise DatabaseError(
            f"{path.name}: {error}; expected the file to apply; correct it, nothing of the model was changed",
            sqlstate=error.sqlstate,
            constraint=error.constraint,
        ) from None

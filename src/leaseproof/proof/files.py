"""Writes a proof's files whole or not at all."""

import json
import os
import secrets
from pathlib import Path

from leaseproof.errors import LeaseproofError


def write_new(path: Path, text: str) -> None:
    """Write a file that must not exist yet.

    Raises:
        LeaseproofError: it exists, also when it was made a moment ago.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _write_beside(path, text)
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise LeaseproofError(
            f"got {path}, which exists; expected a new file; choose another name, or delete it"
        ) from None
    finally:
        temporary.unlink()


def write_new_pair(stem: Path, sql: str, manifest: str) -> tuple[Path, Path]:
    """Write both files of a proof that must not exist yet, or neither; return their paths.

    Args:
        stem: their path without a suffix.
        sql: text of the SQL file.
        manifest: text of the manifest.

    Raises:
        LeaseproofError: one of them exists.
    """
    sql_path, toml_path = stem.with_suffix(".sql"), stem.with_suffix(".toml")
    write_new(sql_path, sql)
    try:
        write_new(toml_path, manifest)
    except BaseException:
        sql_path.unlink()
        raise
    return sql_path, toml_path


def replace(path: Path, text: str) -> None:
    """Write a file over the one that is there, if any."""
    os.replace(_write_beside(path, text), path)


def toml_string(text: str) -> str:
    """Return a text as a TOML string on one line."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_value(value: object) -> str:
    """Return a string, an integer, a boolean or a tuple of such values as TOML on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "[" + ", ".join(toml_value(each) for each in value) + "]"
    return str(value) if isinstance(value, int) else toml_string(str(value))


def _write_beside(path: Path, text: str) -> Path:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with open(temporary, "x", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return temporary

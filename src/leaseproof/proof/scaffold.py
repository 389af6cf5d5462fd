"""A new pair that runs green at once, for its author to turn into the attack."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from leaseproof.errors import LeaseproofError
from leaseproof.proof.files import toml_string, write_new, write_new_pair
from leaseproof.proof.manifest import shown_path
from leaseproof.proof.schema import SCHEMA_ID
from leaseproof.proof.script import ONLY_STEP, Script, parse_script
from leaseproof.proof.source import read_source
from leaseproof.proof.toml import Document

FIRST_NEW_NUMBER = 40  # below it are the numbers of the catalogue
ONLY_SESSION = "worker"

_NAME = re.compile(r"(?:[a-z][a-z0-9_]*/)+[a-z][a-z0-9_]*")
_ID = re.compile(r"(.*?)([0-9]+)[a-z]?")
_ROLES: Mapping[str, str] = {
    "owner": "owner",
    "superuser": "superuser",
    "stranger": "stranger",
    "ingest": "outbox_ingest",
    "executor": "outbox_executor",
    "readonly": "outbox_readonly",
    "auditor": "outbox_auditor",
    "control": "outbox_control",
    "worker": "outbox_executor",
    "repairer": "outbox_executor",
    "observer": "owner",
}

_SQL = """\
-- {claim}

-- @setup enqueue: ingest
SELECT outbox_id
  FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'RTGS', '{{}}') \\gset

-- @step claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 30) \\gset

-- @step attack: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', gen_random_uuid(), 'worker-1', 'DISPATCHED');

-- @check ledger: owner
SELECT state FROM payment_outbox_attempts WHERE outbox_id = :'outbox_id';
"""
_SESSIONS = {"ingest": "outbox_ingest", "worker": "outbox_executor", "owner": "owner"}
_EXPECT = """
[expect]
attack = "P7002"
ledger = { rows = [] }
"""


def new_pair(name: str, *, root: Path, ids: Iterable[tuple[str, str]] = ()) -> tuple[Path, ...]:
    """Make a pair, or the file that a lone one lacks.

    Args:
        name: folder and sentence, as ``fencing/a_stale_token_cannot_complete``.
        root: the project; the pair goes below ``proofs/``.
        ids: path and id of the proofs that are there, to give the next number of the folder.

    Returns:
        The files that were made.

    Raises:
        LeaseproofError: the name is none, or both files exist.
    """
    stem = name.removeprefix("./").removeprefix("proofs/").removesuffix(".sql").removesuffix(".toml")
    if not _NAME.fullmatch(stem):
        raise LeaseproofError(
            f"got name {name!r}; expected INVARIANT/SENTENCE in lower-case letters, digits and _,"
            " as in fencing/a_stale_token_cannot_complete; choose such a name"
        )
    sql_path = root / "proofs" / f"{stem}.sql"
    toml_path = sql_path.with_suffix(".toml")
    there = [path for path in (sql_path, toml_path) if path.exists()]
    if len(there) == 2:
        raise LeaseproofError(
            f"got {stem}, which exists; expected a new name; edit {shown_path(sql_path, root)}, or choose"
            " another name"
        )
    proof_id = next_id(stem, ids)
    if there == [toml_path]:
        write_new(sql_path, _sql_for(toml_path, root))
        return (sql_path,)
    if there == [sql_path]:
        write_new(toml_path, _manifest_for(sql_path, root, proof_id))
        return (toml_path,)
    claim = _sentence(stem)
    manifest = head(sql_path, root, proof_id, claim) + sessions_table(_SESSIONS) + _EXPECT
    return write_new_pair(sql_path.with_suffix(""), _SQL.format(claim=claim), manifest)


def next_id(stem: str, ids: Iterable[tuple[str, str]]) -> str:
    """Return a free id: the letters that the folder's proofs use most and the number after their largest."""
    folder = stem.rsplit("/", 1)[0].rsplit("/", 1)[-1]
    pairs = list(ids)
    here = [each for path, each in pairs if Path(path).parent.name == folder]
    letters = Counter(match[1] for each in here if (match := _ID.fullmatch(each)))
    prefix = min(letters, key=lambda each: (-letters[each], each)) if letters else f"{folder[:2].upper()}-"
    taken = [int(match[2]) for _, each in pairs if (match := _ID.fullmatch(each)) and match[1] == prefix]
    return f"{prefix}{max([FIRST_NEW_NUMBER - 1, *taken]) + 1}"


def head(sql_path: Path, root: Path, proof_id: str, claim: str) -> str:
    """Return the first lines of a manifest, with the schema for editors.

    Args:
        sql_path: of the proof, below the root.
        root: the project.
        proof_id: unique.
        claim: of the SQL file.
    """
    schema = os.path.relpath(root / "docs" / SCHEMA_ID, sql_path.parent)
    return (
        f"#:schema {Path(schema).as_posix()}\n"
        f"id = {toml_string(proof_id)}\nclaim = {toml_string(claim)}\ninvariant ="
        f" {toml_string(sql_path.parent.name)}\n"
    )


def sessions_table(sessions: Mapping[str, str], guessed: Iterable[str] = ()) -> str:
    """Return the manifest's table of sessions.

    Args:
        sessions: name to role.
        guessed: names whose role nobody said.
    """
    unsure = set(guessed)
    return "\n[sessions]\n" + "".join(
        f"{name} = {toml_string(role)}{'  # a guess: say which role attacks' if name in unsure else ''}\n"
        for name, role in sessions.items()
    )


def session_names(script: Script) -> tuple[str, ...]:
    """Return the sessions of a script in file order; one name for a file without a marker."""
    return tuple(dict.fromkeys(step.session or ONLY_SESSION for step in script.steps))


def role_of(session: str) -> str | None:
    """Return the role that a session's name suggests, or None."""
    for name, role in _ROLES.items():
        if session in (name, role) or session.startswith(f"{name}_"):
            return role
    return None


def _sentence(stem: str) -> str:
    words = stem.rsplit("/", 1)[-1].replace("_", " ")
    return f"{words[0].upper()}{words[1:]}."


def _manifest_for(sql_path: Path, root: Path, proof_id: str) -> str:
    source, _ = read_source(sql_path, shown_path(sql_path, root))
    script = parse_script(source.text, source.path)
    names = session_names(script)
    sessions = {name: role_of(name) or "outbox_executor" for name in names}
    guessed = [name for name in names if role_of(name) is None]
    attack = next((step.name for step in reversed(script.steps) if step.phase == "step"), ONLY_STEP)
    return (
        head(sql_path, root, proof_id, script.claim)
        + sessions_table(sessions, guessed)
        + f'\n[expect]\n{attack} = "00000"  # the SQLSTATE that has to come back\n'
    )


def _sql_for(toml_path: Path, root: Path) -> str:
    source, _ = read_source(toml_path, shown_path(toml_path, root))
    values: Mapping[str, Any] = Document(source).values
    claim = values.get("claim")
    sessions, expect, schedule = (values.get(key) for key in ("sessions", "expect", "schedule"))
    names = list(sessions) if isinstance(sessions, dict) and sessions else [ONLY_SESSION]
    steps = [each for each in schedule if isinstance(each, str)] if isinstance(schedule, list) else []
    steps += [each for each in expect if each not in steps] if isinstance(expect, dict) else []
    steps += [f"step_{index}" for index in range(len(steps) + 1, len(names) + 1)]
    return (
        f"-- {' '.join(claim.split()) if isinstance(claim, str) else _sentence(toml_path.stem)}\n"
        + "".join(
            f"\n-- @step {step}: {names[index % len(names)]}\nSELECT 1;\n" for index, step in enumerate(steps)
        )
    )

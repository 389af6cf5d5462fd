"""A proof's manifest: what the database must answer.

Read strictly, so that a slip of the pen never makes a proof weaker. Every mistake
is one sentence with its place: got, expected, what to do.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from leaseproof.proof.crosscheck import check_pair, contested, file_order
from leaseproof.proof.outcome import SUCCESS
from leaseproof.proof.schema import DEFAULT_MAX_SCHEDULES, DEFAULT_SEED, DEFAULT_TIMEOUT_MS, MANIFEST
from leaseproof.proof.script import Script, parse_script
from leaseproof.proof.source import ProofFileError, read_source
from leaseproof.proof.toml import Document

Order = tuple[str, ...]
Cell = str | int | bool

__all__ = [
    "Expectation",
    "Manifest",
    "Outcome",
    "Proof",
    "ScheduleOverride",
    "contested",
    "discover",
    "load_proof",
]


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What one step must answer; what is None is not judged."""

    sqlstate: str = SUCCESS
    constraint: str | None = None
    message: str | None = None  # contained in the server's primary message
    detail: str | None = None
    hint: str | None = None
    notice: str | None = None  # contained in one of the notices
    rows: tuple[tuple[Cell, ...], ...] | None = None
    row_count: int | None = None
    blocks: bool | tuple[str, ...] | None = None  # waits at all; or for exactly these sessions


@dataclass(frozen=True, kw_only=True)
class ScheduleOverride:
    """What one order answers differently."""

    order: Order
    expect: Mapping[str, Expectation]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What must hold over the contested steps of each schedule."""

    contest: Order = ()  # empty: each session's last step
    winners: int | None = None
    losers: tuple[str, ...] = ()  # SQLSTATEs
    schedules: tuple[ScheduleOverride, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """One manifest, as checked against its SQL file."""

    id: str
    claim: str
    invariant: str
    sessions: Mapping[str, str]  # name -> role
    expect: Mapping[str, Expectation] = field(default_factory=dict)
    covers: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()
    accepted: bool = True
    timeout_ms: int = DEFAULT_TIMEOUT_MS
    requires: Mapping[str, int] = field(default_factory=dict)
    fresh_database: bool = False
    schedule: (
        Literal["every"] | tuple[Order, ...]
    ) = ()  # explicit orders; the file's own order when none is written
    free_orders: bool = False  # these may leave steps out and order a session's steps anew
    max_schedules: int = DEFAULT_MAX_SCHEDULES
    sample: int | None = None
    seed: int = DEFAULT_SEED
    outcome: Outcome | None = None


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A pair of files."""

    path: str  # of the SQL file, relative to the root, POSIX separators
    script: Script
    manifest: Manifest
    digest: str  # sha256 of both files


def load_proof(sql_path: Path, root: Path) -> Proof:
    """Read a pair and check each file by itself and against the other.

    Args:
        sql_path: of the SQL file; the manifest lies beside it.
        root: what paths are shown relative to.

    Raises:
        ProofFileError: the first mistake, with its place.
    """
    toml_path = sql_path.with_suffix(".toml")
    shown = shown_path(sql_path, root)
    if problem := _lone(sql_path, root):
        raise problem
    source, sql_bytes = read_source(sql_path, shown)
    toml_source, toml_bytes = read_source(toml_path, shown_path(toml_path, root))
    script = parse_script(source.text, shown)
    document = Document(toml_source)
    document.check(MANIFEST)
    manifest = _build(document.values)
    script = _with_only_session(script, manifest)
    check_pair(document, source, script, manifest)
    if not manifest.schedule:
        manifest = replace(manifest, schedule=(file_order(script),))
    digest = hashlib.sha256(sql_bytes + b"\0" + toml_bytes).hexdigest()
    return Proof(path=shown, script=script, manifest=manifest, digest=digest)


def discover(
    directory: Path, root: Path | None = None
) -> tuple[tuple[Proof, ...], tuple[ProofFileError, ...]]:
    """Read every pair below a directory.

    Args:
        directory: usually ``proofs/``.
        root: what paths are shown relative to; the directory's parent when absent.

    Returns:
        The sound proofs and one problem for each pair that is not, both sorted by path.
    """
    root = root or directory.parent
    proofs: list[Proof] = []
    problems: list[ProofFileError] = []
    ids: dict[str, str] = {}
    for path in sorted(
        {each.with_suffix(".sql") for each in directory.rglob("*") if each.suffix in (".sql", ".toml")}
    ):
        try:
            proof = load_proof(path, root)
            if first := ids.get(proof.manifest.id):
                raise _doubled_id(path, root, proof.manifest.id, first)
            ids[proof.manifest.id] = proof.path
            proofs.append(proof)
        except ProofFileError as problem:
            problems.append(problem)
    return tuple(proofs), tuple(problems)


def shown_path(path: Path, root: Path) -> str:
    """Return a path as errors and results name it."""
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.as_posix()


def _lone(sql_path: Path, root: Path) -> ProofFileError | None:
    """Return what is wrong when one file of the pair is missing."""
    toml_path = sql_path.with_suffix(".toml")
    there = [path for path in (sql_path, toml_path) if path.is_file()]
    if len(there) == 2:
        return None
    missing = toml_path if there == [sql_path] else sql_path
    shown = shown_path(missing, root)
    if not there:
        return ProofFileError(
            f"got no such proof; expected {shown} and a .toml beside it; make the pair with: "
            f"./scripts/invoke proofs.new {_name(shown)}",
            path=shown,
        )
    make = (
        f"./scripts/invoke proofs.record {shown_path(sql_path, root)}"
        if missing == toml_path
        else f"./scripts/invoke proofs.new {_name(shown)}"
    )
    return ProofFileError(
        f"got this file alone; expected a pair; {shown} is missing; make it with: {make}",
        path=shown_path(there[0], root),
    )


def _name(shown: str) -> str:
    return shown.removeprefix("proofs/").rsplit(".", 1)[0]


def _doubled_id(sql_path: Path, root: Path, name: str, first: str) -> ProofFileError:
    toml_path = sql_path.with_suffix(".toml")
    source, _ = read_source(toml_path, shown_path(toml_path, root))
    return Document(source).at(
        ("id",),
        f'got id "{name}", which {first} has too; expected an id of its own; choose the next free one',
    )


def _with_only_session(script: Script, manifest: Manifest) -> Script:
    """Give the step of a file without a marker the manifest's only session."""
    if script.steps[0].session or len(manifest.sessions) != 1:
        return script
    (session,) = manifest.sessions
    return replace(script, steps=(replace(script.steps[0], session=session),))


def _build(values: Mapping[str, Any]) -> Manifest:
    """Turn values that fit the schema into a manifest."""
    given = dict(values)
    for name in ("covers", "breaks"):
        given[name] = tuple(given.get(name, ()))
    given["expect"] = _expectations(given.get("expect", {}))
    schedule = given.get("schedule", ())
    if schedule and schedule != "every":
        schedule = (schedule,) if isinstance(schedule[0], str) else schedule
        given["schedule"] = tuple(tuple(order) for order in schedule)
    if "outcome" in given:
        given["outcome"] = _outcome(given["outcome"])
    return Manifest(**given)


def _outcome(values: Mapping[str, Any]) -> Outcome:
    losers = values.get("losers", ())
    return Outcome(
        contest=tuple(values.get("contest", ())),
        winners=values.get("winners"),
        losers=(losers,) if isinstance(losers, str) else tuple(losers),
        schedules=tuple(
            ScheduleOverride(order=tuple(each["order"]), expect=_expectations(each["expect"]))
            for each in values.get("schedules", ())
        ),
    )


def _expectations(values: Mapping[str, Any]) -> dict[str, Expectation]:
    return {step: _expectation(each) for step, each in values.items()}


def _expectation(value: str | Mapping[str, Any]) -> Expectation:
    if isinstance(value, str):
        return Expectation(sqlstate=value)
    given = dict(value)
    if "rows" in given:
        given["rows"] = tuple(tuple(row) for row in given["rows"])
    if isinstance(given.get("blocks"), list):
        given["blocks"] = tuple(given["blocks"])
    return Expectation(**given)

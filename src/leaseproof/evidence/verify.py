"""Re-checking a bundle with nothing but the bundle: no database, no network, no checkout.

The rules: the files are exactly those of a bundle; SHA256SUMS names each other file once, in C-locale
order, and every sum holds; the statement vouches for the same digests and the same commit; the results do
not contradict themselves; every file that is made of the results alone is what they make; what was expected
is what was collected and what ran.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leaseproof.errors import LeaseproofError
from leaseproof.evidence import bundle, statement
from leaseproof.evidence.consistency import contradictions
from leaseproof.evidence.page import Timeline
from leaseproof.evidence.reading import json_of, read_files, record_of
from leaseproof.evidence.record import (
    Record,
    judgement,
    listed,
    population,
    population_problems,
    verdict,
    without_database,
)

SUM_LINE = re.compile(r"([0-9a-f]{64})  ([^\s/\\]+)")


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What a bundle is worth."""

    problems: tuple[str, ...]  # why it is not whole or contradicts itself, one sentence each
    missing: tuple[str, ...] = ()  # what should have run and did not
    verdict: str = ""  # as it follows from the results; "" when they cannot be read
    passed: bool = False  # whole, complete and PASSED
    facts: str = ""  # one line: files, proofs, commit, server


def verify(path: Path, *, timeline: Timeline | None = None) -> Verification:
    """Check a bundle.

    Args:
        path: a folder or a packed archive.
        timeline: draws one schedule of a proof, as when the bundle was made; nothing: ``index.html`` is not
            compared with what the results make.

    Raises:
        LeaseproofError: it cannot be read at all, or was made to harm its reader.
    """
    return verify_files(read_files(path), timeline=timeline)


def verify_files(files: Mapping[str, bytes], *, timeline: Timeline | None = None) -> Verification:
    """Check the files of a bundle.

    Args:
        files: name → bytes.
        timeline: as :func:`verify` takes it.
    """
    found = [*_listing(files), *_sums(files)]
    try:
        record = record_of(files)
        found += [*_agreement(files, record), *contradictions(record), *_remade(files, record, timeline)]
        missing = (
            tuple(population_problems(record)) if not without_database(record) else (_nothing_ran(record),)
        )
        said, judged, facts = verdict(record), judgement(record), _facts(files, record)
    except LeaseproofError as error:
        return Verification(problems=(*found, str(error)))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        return Verification(
            problems=(*found, f"the results contradict their own format ({type(error).__name__}: {error})")
        )
    return Verification(
        problems=tuple(found),
        missing=missing,
        verdict=said,
        passed=not found and judged == "PASSED",
        facts=facts,
    )


def _listing(files: Mapping[str, bytes]) -> Iterator[str]:
    if missing := sorted(set(bundle.FILES) - set(files)):
        yield f"missing: {listed(missing, most=30)}"
    if unknown := sorted(set(files) - set(bundle.FILES)):
        yield f"not part of a bundle: {listed(unknown)}"


def _sums(files: Mapping[str, bytes]) -> Iterator[str]:
    named: dict[str, str] = {}
    text = files.get(bundle.SUMS, b"").decode("utf-8", "replace")
    lines = text.split("\n")
    if lines[-1:] != [""] or not all(SUM_LINE.fullmatch(line) for line in lines[:-1]) or "\r" in text:
        yield f"{bundle.SUMS} is not as sha256sum writes it"
    for line in lines:
        if match := SUM_LINE.fullmatch(line):
            if match[2] in named:
                yield f"{bundle.SUMS} names {match[2]} twice"
            named[match[2]] = match[1]
    if list(named) != sorted(named, key=str.encode):
        yield f"{bundle.SUMS} is not in C-locale order"
    for name, data in sorted(files.items()):
        if name != bundle.SUMS and name not in named:
            yield f"{name} has no sum"
        elif name != bundle.SUMS and hashlib.sha256(data).hexdigest() != named[name]:
            yield f"{name} was changed: its sum is not the one in {bundle.SUMS}"
    if gone := sorted(set(named) - set(files) - set(bundle.FILES)):
        yield f"{bundle.SUMS} names files that are not there: {listed(gone)}"


def _agreement(files: Mapping[str, bytes], record: Record) -> Iterator[str]:
    said = verdict(record)
    results, run = json_of(files, bundle.RESULTS), json_of(files, bundle.RUN)
    told: dict[str, tuple[Any, Any]] = {
        f"the verdict in {bundle.RESULTS}": (results.get("verdict"), said),
        f"the result in {bundle.RESULTS}": (results.get("result"), judgement(record)),
        f"the population in {bundle.RESULTS}": (results.get("population"), vars(population(record))),
        f"the verdict in {bundle.RUN}": (run.get("verdict"), said),
        f"the commit in {bundle.RUN}": (run.get("commit"), record.commit),
        f"the changed files in {bundle.RUN}": (run.get("dirty"), list(record.dirty)),
        f"the server in {bundle.RUN}": (run.get("server_version"), record.server_version),
        f"the steps in {bundle.RUN}": (
            [(step["name"], step["state"], step["reason"]) for step in run["steps"]],
            [(step.name, step.state, step.reason) for step in record.steps],
        ),
    }
    for what, (got, expected) in told.items():
        if got != expected:
            yield f"{what} does not follow from the results: got {_short(got)}; expected {_short(expected)}"
    yield from _statement(files, record)
    if record.ending == "finished" and record.server_version:
        for name in bundle.CATALOG_FILES:
            if not files.get(name, b"").strip():
                yield f"{name} is empty though a database was read"


def _statement(files: Mapping[str, bytes], record: Record) -> Iterator[str]:
    digests = {
        name: hashlib.sha256(data).hexdigest()
        for name, data in files.items()
        if name in bundle.FILES and name not in bundle.UNVOUCHED
    }
    got, expected = json_of(files, bundle.STATEMENT), statement.statement(record, digests)
    parts: tuple[tuple[str, Callable[[dict[str, Any]], Any]], ...] = (
        ("type is not that", lambda value: (value["_type"], value["predicateType"])),
        ("number of subjects is not that", lambda value: len(value["subject"])),
        ("result is not that", lambda value: value["predicate"]["result"]),
        ("passed tests are not those", lambda value: value["predicate"]["passedTests"]),
        ("failed tests are not those", lambda value: value["predicate"]["failedTests"]),
        ("configuration is not that", lambda value: value["predicate"]["configuration"]),
        ("annotations are not those", lambda value: value["predicate"]["annotations"]),
    )
    for what, of in parts:
        if of(got) != of(expected):
            yield f"{bundle.STATEMENT}: its {what} of the bundle"
    vouched, true = _subjects(got), _subjects(expected)
    for name in sorted({*vouched, *true}):
        if vouched.get(name) != true.get(name):
            what = "the commit" if name == "git" else name
            yield f"{bundle.STATEMENT}: its digest of {what} is not that of the bundle"


def _subjects(stated: Mapping[str, Any]) -> Mapping[str, Any]:
    return {each["name"]: each["digest"] for each in stated["subject"]}


def _remade(files: Mapping[str, bytes], record: Record, timeline: Timeline | None) -> Iterator[str]:
    """Yield each file that is not what the record makes, made anew as when the bundle was written."""
    for name, text in bundle.make_texts(record, timeline, {}).items():
        if name == bundle.RUN or name not in files or (name == bundle.PAGE and timeline is None):
            continue
        same = files[name] == bundle.encoded(text)
        if not same and not bundle.stands_in_for(name, files[name], record):
            yield (
                f"{name} is not what the results make: changed, or made by another version of leaseproof;"
                " check out the bundle's commit and verify with it"
            )


def _nothing_ran(record: Record) -> str:
    return f"proofs expected but not run, because no database was asked for: {len(record.expected_proofs)}"


def _facts(files: Mapping[str, bytes], record: Record) -> str:
    counts = population(record)
    server = f"PostgreSQL {record.server_version}" if record.server_version else "no database"
    return (
        f"{len(files)} files; proofs: {counts.expected} expected, {counts.collected} collected,"
        f" {counts.executed} executed, {counts.not_applicable} not applicable; {len(record.tests)} tests;"
        f" commit {record.commit[:12] or 'unknown'}{' with changes' if record.dirty else ''}; {server}"
    )


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 120 else text[:117] + "..."

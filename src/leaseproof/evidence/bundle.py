"""Writing the bundle: every file on every run, whole or not at all."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from leaseproof.errors import LeaseproofError
from leaseproof.evidence import catalog_files, page, readme, statement, tables
from leaseproof.evidence.junit import junit
from leaseproof.evidence.page import Timeline
from leaseproof.evidence.record import FORMAT, Record, Step, judgement, population, verdict
from leaseproof.evidence.secrets import Secret, holds

DIRECTORY = Path("reports/outbox-evidence")
FILES: tuple[str, ...] = tuple(name for name, _, _ in readme.CONTENTS)
SUMS, STATEMENT, RUN, RESULTS, README, PAGE = (
    "SHA256SUMS",
    "statement.json",
    "run.json",
    "08_proof_results.json",
    "00_README.txt",
    "index.html",
)
UNVOUCHED = (
    SUMS,
    STATEMENT,
    RUN,
)  # not in the statement: itself, its digest, and what differs between equal runs
EVIDENCE = "evidence"  # the step that writes the bundle
OWN_FILES = (
    "run",
    "catalog",
    "sarif",
    "strength",
    "guardrails",
)  # fields of the record that have files of their own


@dataclass(frozen=True, kw_only=True)
class Written:
    """What was written."""

    record: Record  # with the step that wrote it
    faults: tuple[str, ...] = ()  # one sentence for each file that could not be made as it should


def write_bundle(
    record: Record,
    directory: Path,
    *,
    secrets: Sequence[Secret] = (),
    timeline: Timeline | None = None,
    seconds: Callable[[], float] = lambda: 0.0,
) -> Written:
    """Write the bundle beside its place and put it there with one rename, over what was there.

    A file that cannot be made, or that would publish a secret, holds one sentence instead and makes the run
    red.

    Args:
        record: of the run.
        directory: the bundle's place.
        secrets: what must not stand in any file.
        timeline: draws one schedule of a proof.
        seconds: since the evidence step began.

    Raises:
        LeaseproofError: the place cannot be written.
    """
    before = record.steps
    faults: dict[str, str] = {}

    def finished(state_of: Record) -> Record:
        if record.ending == "unfinished":
            return state_of
        reason = "; ".join(faults.values()) if faults else f"{len(FILES)} files"
        step = Step(
            name=EVIDENCE, state="failed" if faults else "passed", seconds=round(seconds(), 2), reason=reason
        )
        return replace(state_of, steps=(*before, step))

    texts = make_texts(finished(record), timeline, faults)
    leaks = tuple(name for name in FILES if holds(encoded(texts.get(name, "")), secrets))
    if faults or leaks:
        faults.update({name: f"{name} held the database's password and was withheld" for name in leaks})
        record = replace(record, withheld=leaks)
        texts = make_texts(finished(record), timeline, dict(faults))
        for name in FILES:
            if name in leaks or holds(encoded(texts.get(name, "")), secrets):
                texts[name] = WITHHELD
    files = {name: encoded(text) for name, text in texts.items()}
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    stated = statement.statement(
        finished(record), {name: digests[name] for name in files if name not in UNVOUCHED}
    )
    files[STATEMENT] = encoded(_json(stated))
    if holds(files[STATEMENT], secrets):
        files[STATEMENT] = _json(statement.statement(Record(withheld=(STATEMENT,)), {})).encode()
    files[SUMS] = sums(files).encode()
    _place(files, directory)
    return Written(record=finished(record), faults=tuple(faults.values()))


WITHHELD = (
    "FAILED: this file was withheld, because it held the database's password. Find what printed it (a test's"
    " message, an object's comment), mend it and run the gate again.\n"
)


def encoded(text: str) -> bytes:
    """Return a file's bytes."""
    return text.encode("utf-8", "replace")


def stands_in_for(name: str, data: bytes, record: Record) -> bool:
    """Return whether a file's bytes are the sentence that stands for it in a bundle that is no pass.

    Args:
        name: of the file.
        data: what it holds.
        record: of the run; it must own up to what is missing, unless it says that the gate never ended.
    """
    failed = any(step.name == EVIDENCE and step.state == "failed" for step in record.steps)
    if not (failed or record.withheld or record.ending == "unfinished"):
        return False
    return data == encoded(WITHHELD) or data.startswith(f"FAILED: {name} {NOT_MADE} (".encode())


NOT_MADE = "could not be made"


def sums(files: Mapping[str, bytes]) -> str:
    """Return the text of SHA256SUMS: C-locale order, two spaces, line feeds, without itself."""
    names = sorted((name for name in files if name != SUMS), key=str.encode)
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in names)


def stable(record: Record) -> dict[str, Any]:
    """Return what is the same in two runs of one commit, as plain JSON values."""
    values = {name: value for name, value in record.to_json().items() if name not in OWN_FILES}
    for one in (*values["steps"], *values["tests"]):
        del one["seconds"]
    head = {
        "format": FORMAT,
        "verdict": verdict(record),
        "result": judgement(record),
        "population": vars(population(record)),
    }
    return {**head, **values}


def volatile(record: Record) -> dict[str, Any]:
    """Return times, machine and names of this one run, as plain JSON values."""
    return {
        "format": FORMAT,
        "verdict": verdict(record),
        "commit": record.commit,
        "dirty": list(record.dirty),
        "server_version": record.server_version,
        "steps": [
            {"name": s.name, "state": s.state, "seconds": s.seconds, "reason": s.reason} for s in record.steps
        ],
        **record.run,
        "seconds_of_tests": {test.nodeid: test.seconds for test in record.tests},
    }


def make_texts(record: Record, timeline: Timeline | None, faults: dict[str, str]) -> dict[str, str]:
    """Return each file's text but the statement's and the sums'; what fails is told there and in faults.

    Args:
        record: of the run.
        timeline: draws one schedule of a proof; used of a run that came to an end.
        faults: file → one sentence; filled, and what is in it beforehand is not tried again.
    """
    drawn = None if record.ending == "unfinished" else timeline
    why = tables.missing_reason
    makers: dict[str, Callable[[], str]] = {
        **{name: partial(_catalog, record, name) for name in CATALOG_FILES},
        "05_tests_manifest.txt": lambda: tables.tests_manifest(record),
        "08_proof_results.txt": lambda: tables.proof_results(record),
        RESULTS: lambda: _json(stable(record)),
        "09_regression.txt": lambda: tables.regression(record),
        "10_guardrails.txt": lambda: (
            record.guardrails or f"GUARDRAILS\n\nNOT RUN: {why(record, 'guardrails')}\n"
        ),
        "11_trace_matrix.tsv": lambda: tables.trace_matrix(record),
        "12_proof_strength.txt": lambda: (
            record.strength or f"PROOF STRENGTH\n\nNOT RUN: {why(record, 'strength')}\n"
        ),
        "guardrails.sarif": lambda: record.sarif or _json(_empty_sarif(why(record, "guardrails"))),
        "junit.xml": lambda: junit(record),
        PAGE: lambda: page.page(record, timeline=drawn),
        RUN: lambda: _json(volatile(record)),
        README: lambda: readme.readme(record),
    }
    texts = {}
    for name, make in makers.items():
        if name in faults:
            texts[name] = f"FAILED: {faults[name]}.\n"
            continue
        try:
            texts[name] = make()
        except Exception as error:  # one file that cannot be made must not cost the others
            said = str(error) if isinstance(error, LeaseproofError) else f"{type(error).__name__}: {error}"
            faults[name] = f"{name} {NOT_MADE} ({said})"
            texts[name] = f"FAILED: {faults[name]}.\n"
    return texts


CATALOG_FILES = (
    catalog_files.GRANTS_FILE,
    catalog_files.FUNCTIONS_FILE,
    catalog_files.INVARIANTS_FILE,
    catalog_files.VIEWS_FILE,
    catalog_files.SCHEMA_FILE,
    catalog_files.PRIVILEGES_FILE,
)


def _catalog(record: Record, name: str) -> str:
    if name in record.catalog:
        return record.catalog[name]
    mark = "#" if name.endswith(".tsv") else "--"
    return (
        f"{mark} Empty: no database was read. {tables.missing_reason(record, 'integration').capitalize()}.\n"
    )


def _empty_sarif(reason: str) -> dict[str, Any]:
    invocation = {
        "executionSuccessful": False,
        "toolExecutionNotifications": [{"level": "error", "message": {"text": f"not run: {reason}"}}],
    }
    driver = {"name": "leaseproof guardrails", "rules": []}
    return {
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "invocations": [invocation], "results": []}],
    }


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def _place(files: Mapping[str, bytes], directory: Path) -> None:
    """Write the files to a folder beside the place, make them durable, and swap."""
    made: Path | None = None
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        for stale in sorted(directory.parent.glob(f".{directory.name}.*")):
            _remove(stale)
        made = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
        made.chmod(0o755)
        for name, data in files.items():
            with (made / name).open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        old = made.with_name(made.name + ".old")
        if directory.is_symlink() or directory.exists():
            directory.rename(old)
        made.rename(directory)
        _remove(old)
    except OSError as error:
        if made is not None:
            shutil.rmtree(made, ignore_errors=True)
        raise LeaseproofError(
            f"got {error.strerror or error} at {directory}; expected a folder that can be written; free or"
            " unlock it and run again"
        ) from None


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

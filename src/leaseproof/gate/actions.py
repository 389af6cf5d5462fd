"""What GitHub Actions shows: annotations, groups, the step's summary. Elsewhere nothing of it is printed."""

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from leaseproof.evidence.record import Record, Step, population, problems, verdict
from leaseproof.evidence.tables import why

MOST_ANNOTATIONS = 10  # Actions shows ten errors of a step


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """One error at a place in the tree."""

    title: str
    message: str
    file: str = ""
    line: int = 0  # from 1; 0: no line

    def command(self) -> str:
        """Return it as a workflow command."""
        places = [f"file={_property(self.file)}"] if self.file else []
        places += [f"line={self.line}"] if self.file and self.line else []
        return f"::error {','.join([*places, f'title={_property(self.title)}'])}::{_data(self.message)}"


def annotations(record: Record) -> tuple[Annotation, ...]:
    """Return what was red: the steps, then the findings, proofs and tests with their places."""
    found = [
        Annotation(title=step.name, message=step.reason) for step in record.steps if step.state == "failed"
    ]
    found += _findings(record.sarif)
    found += [
        Annotation(title=f"proof {proof['id']}", message="\n".join(why(proof)), file=proof["path"], line=1)
        for proof in record.proofs
        if proof["result"] in ("failed", "error")
    ]
    found += [
        Annotation(
            title=f"test {test.result}", message=test.reason or test.nodeid, file=test.file, line=test.line
        )
        for test in record.tests
        if test.result in ("failed", "error", "not run")
    ]
    return tuple(found[:MOST_ANNOTATIONS])


def _findings(sarif: str) -> Iterator[Annotation]:
    for run in json.loads(sarif or "{}").get("runs", ()):
        for result in run["results"]:
            if result["level"] == "error":
                place = result["locations"][0]["physicalLocation"]
                yield Annotation(
                    title=f"guardrail {result['ruleId']}",
                    message=result["message"]["text"],
                    file=place["artifactLocation"]["uri"],
                    line=place["region"]["startLine"],
                )


def summary(record: Record) -> str:
    """Return the step's summary as Markdown: verdict first, then the steps."""
    counts = population(record)
    lines = [f"## {_cell(verdict(record))}", ""]
    lines += [f"- {_cell(text)}" for text in problems(record)]
    lines += [
        "",
        "| step | state | seconds | reason |",
        "|---|---|---:|---|",
        *(_row(step) for step in record.steps),
        "",
    ]
    lines += [
        (
            f"Proofs: {counts.expected} expected, {counts.collected} collected, {counts.executed} executed,"
            f" {counts.passed} passed, {counts.failed} failed, {counts.not_applicable} not applicable. Tests:"
            f" {len(record.tests)}."
        ),
        "",
    ]
    return "\n".join(lines)


def append_summary(path: Path | None, text: str) -> None:
    """Append to the file that GITHUB_STEP_SUMMARY names; one that cannot be written costs nothing else."""
    if path:
        with suppress(OSError), path.open("a", encoding="utf-8") as file:
            file.write(text + "\n")


@contextmanager
def foreign_output(title: str, *, active: bool, say: Callable[[str], None]) -> Iterator[None]:
    """Keep Actions from obeying what others print inside the block, and fold it under a title."""
    if not active:
        yield
        return
    token = secrets.token_hex(16)
    say(f"::group::{_data(title)}")
    say(f"::stop-commands::{token}")
    try:
        yield
    finally:
        say(f"::{token}::")
        say("::endgroup::")


def masks(passwords: Iterable[str]) -> Sequence[str]:
    """Return the commands that keep passwords out of the job's log."""
    return [f"::add-mask::{_data(password)}" for password in sorted(set(passwords)) if password]


def _row(step: Step) -> str:
    return f"| {_cell(step.name)} | {step.state} | {step.seconds:.1f} | {_cell(step.reason)} |"


def _cell(text: str) -> str:
    flat = " ".join(text.split())
    for character in "\\`*_{}[]<>|#":
        flat = flat.replace(character, "\\" + character)
    return flat


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

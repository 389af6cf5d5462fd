"""Writes a proof's manifest from what the server answers, for a person to read and accept.

What a person has accepted is never lost: an expectation that still holds stays as it is written, id, claim,
sessions and schedule are kept, and only what the server contradicts is changed, after the difference
was shown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff
from pathlib import Path
from typing import Literal

from leaseproof.errors import LeaseproofError
from leaseproof.proof.answers import Recorded, expectation_text, recorded
from leaseproof.proof.crosscheck import contested, count_schedules, file_order
from leaseproof.proof.edits import Edits
from leaseproof.proof.files import toml_value
from leaseproof.proof.judge import expectations, judge_contest, judge_step
from leaseproof.proof.manifest import Expectation, Manifest, Outcome, Proof, load_proof, shown_path
from leaseproof.proof.outcome import SUCCESS, ProofResult, ScheduleOutcome
from leaseproof.proof.pool import Pool
from leaseproof.proof.runner import run_proof
from leaseproof.proof.scaffold import head, next_id, role_of, session_names, sessions_table
from leaseproof.proof.schema import DEFAULT_MAX_SCHEDULES, MANIFEST
from leaseproof.proof.script import parse_script
from leaseproof.proof.source import Source, read_source
from leaseproof.proof.toml import Document

EVERY_SCHEDULE = 1_000_000
MOST_RECORDED = 1_000  # interleavings
NOTE = """\
# Recorded by proofs.record from what the server answered; nobody has accepted it yet.
# Read every line: is it what the claim says? Sharpen it, then delete this comment and the line below.
accepted = false
"""
_NO_ANSWER = Expectation(sqlstate="-----")  # that no step gives, so that every schedule is shown
_MISTAKES = ("0A", "22", "26", "42", "02", "21")  # SQLSTATE classes that are more often a slip than an attack


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A manifest as it would be written."""

    path: Path
    text: str
    previous: str | None  # None: there was no manifest
    accepted: bool  # a person had accepted the previous one

    @property
    def changed(self) -> bool:
        """Say whether there is anything to write."""
        return self.text != self.previous

    def difference(self) -> str:
        """Return what would change, as a unified diff."""
        lines = unified_diff(
            (self.previous or "").splitlines(),
            self.text.splitlines(),
            self.path.name,
            self.path.name,
            lineterm="",
        )
        return "\n".join(lines)


def record(
    sql_path: Path,
    *,
    root: Path,
    pool: Pool,
    roles: Mapping[str, str],
    every: bool = False,
    ids: Iterable[tuple[str, str]] = (),
) -> Recording:
    """Run a SQL file and return the manifest that its answers make.

    Args:
        sql_path: of the SQL file.
        root: the project.
        pool: gives databases.
        roles: session to role, over what the session's name says; "" for a file without a marker.
        every: record every interleaving; only where there is no manifest yet.
        ids: path and id of the proofs that are there.

    Raises:
        LeaseproofError: a file is unsound, the run broke off, or two runs do not answer alike.
    """
    if not sql_path.is_file():
        raise LeaseproofError(
            f"got {shown_path(sql_path, root)}, which is no file; expected the SQL file of a proof; write"
            " it first"
        )
    toml_path = sql_path.with_suffix(".toml")
    if toml_path.is_file():
        proof = load_proof(sql_path, root)
        if roles or every:
            raise LeaseproofError(
                f"got --role or --every for a proof that has a manifest; expected these to stand in"
                f" {shown_path(toml_path, root)}; edit it there"
            )
        text = toml_path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        new = revise(Document(Source(shown_path(toml_path, root), text)), proof, *_observe(proof, pool))
        Document(Source(shown_path(toml_path, root), new)).check(MANIFEST)
        return Recording(path=toml_path, text=new, previous=text, accepted=proof.manifest.accepted)
    proof, guessed = _unrecorded(sql_path, root, roles, every, ids)
    found = recorded(*_observe(proof, pool), last_steps=_last_steps(proof))
    text = manifest_text(proof, sql_path, root, found, guessed, every=every)
    return Recording(path=toml_path, text=text, previous=None, accepted=False)


def manifest_text(
    proof: Proof,
    sql_path: Path,
    root: Path,
    found: Recorded,
    guessed: Sequence[str] = (),
    *,
    every: bool = False,
) -> str:
    """Return a new manifest.

    Args:
        proof: what ran.
        sql_path: of the proof, below the root.
        root: the project.
        found: what it answered.
        guessed: sessions whose role nobody said.
        every: it ran all interleavings.
    """
    manifest = proof.manifest
    lines = [head(sql_path, root, manifest.id, manifest.claim)]
    if found.breaks:
        lines.append("# These standing invariants do not hold afterwards: is that the attack, or a hole?\n")
        lines.append(f"breaks = {toml_value(found.breaks)}\n")
    lines.append(NOTE)
    if every:
        lines.append('schedule = "every"\n')
        if manifest.max_schedules > DEFAULT_MAX_SCHEDULES:
            lines.append(f"max_schedules = {manifest.max_schedules}\n")
    lines.append(sessions_table(manifest.sessions, guessed))
    if found.expect:
        lines.append("\n[expect]\n")
        lines += [f"{step} = {_commented(each)}\n" for step, each in found.expect.items()]
    if found.outcome:
        lines.append(_outcome_text(found.outcome))
    return "".join(lines)


def revise(
    document: Document, proof: Proof, first: Sequence[ScheduleOutcome], second: Sequence[ScheduleOutcome]
) -> str:
    """Return a manifest's text with what the server contradicts put right, everything else as it is written.

    Args:
        document: the manifest.
        proof: as loaded from it.
        first: what every schedule answered.
        second: the same again.

    Raises:
        LeaseproofError: what is contradicted is an outcome over the set, or cannot be edited.
    """
    manifest = proof.manifest
    exact = {step for step, each in manifest.expect.items() if each.rows is not None}
    found = recorded(first, second, last_steps=_last_steps(proof), whole=exact)
    contest = contested(manifest, proof.script.steps)
    wrong: list[str] = []
    for schedule in first:
        named = expectations(manifest, schedule.order)
        for step in schedule.steps:
            if step.step in contest and (step.step not in named or step.sqlstate != SUCCESS):
                continue
            if judge_step(named.get(step.step, Expectation()), step) and step.step not in wrong:
                wrong.append(step.step)
        problems = judge_contest(manifest, [step for step in schedule.steps if step.step in contest])
        if problems:
            raise document.at(
                ("outcome",),
                f"got another outcome in order {', '.join(schedule.order)}: {'; '.join(problems)};"
                " expected what [outcome] says; proofs.record does not rewrite an outcome over the set:"
                " edit it",
                key=True,
            )
    edits = Edits(document)
    for step in wrong:
        if step not in found.expect and step in _varying(found):
            raise document.at(
                ("expect", step),
                f"got other answers for step {step!r} in other orders; expected one; write them as"
                " [[outcome.schedules]]",
                key=True,
            )
        edits.expect(step, expectation_text(found.expect.get(step, Expectation())))
    if set(found.breaks) != set(manifest.breaks):
        edits.top("breaks", toml_value(found.breaks))
    if edits.made:
        edits.top("accepted", "false")
    return edits.text()


def _observe(proof: Proof, pool: Pool) -> tuple[Sequence[ScheduleOutcome], Sequence[ScheduleOutcome]]:
    """Run a proof twice without expecting anything; return what every schedule answered."""
    expect = {step.name: _NO_ANSWER for step in proof.script.steps}
    manifest = replace(proof.manifest, expect=expect, outcome=None, breaks=(), accepted=True)
    bare = replace(proof, manifest=manifest)
    return _schedules(run_proof(bare, pool, passed_kept=EVERY_SCHEDULE)), _schedules(
        run_proof(bare, pool, passed_kept=EVERY_SCHEDULE)
    )


def _schedules(result: ProofResult) -> Sequence[ScheduleOutcome]:
    if result.result in ("error", "not_applicable"):
        raise LeaseproofError(result.reason)
    return result.schedules


def _unrecorded(
    sql_path: Path, root: Path, roles: Mapping[str, str], every: bool, ids: Iterable[tuple[str, str]]
) -> tuple[Proof, list[str]]:
    """Return a proof for a SQL file without a manifest, and the sessions whose role is a guess."""
    source, _ = read_source(sql_path, shown_path(sql_path, root))
    script = parse_script(source.text, source.path)
    names = session_names(script)
    if "" in roles and len(names) == 1:
        roles = {names[0]: roles[""]}
    if unknown := [name for name in roles if name not in names]:
        raise LeaseproofError(
            f"got --role for {unknown[0]!r}; expected one of the sessions {', '.join(names)}"
        )
    script = replace(
        script, steps=tuple(replace(step, session=step.session or names[0]) for step in script.steps)
    )
    orders = count_schedules(script) if every else 1
    if orders > MOST_RECORDED:
        raise LeaseproofError(
            f"got {orders:,} interleavings to record; expected at most {MOST_RECORDED:,};"
            ' make several statements one step, or write schedule = "every" with sample by hand'
        )
    stem = shown_path(sql_path, root).removeprefix("proofs/").removesuffix(".sql")
    schedule: Literal["every"] | tuple[tuple[str, ...], ...] = "every" if every else (file_order(script),)
    manifest = Manifest(
        id=next_id(stem, ids) if "/" in stem else stem,
        claim=script.claim,
        invariant=sql_path.parent.name,
        sessions={name: roles.get(name) or role_of(name) or "outbox_executor" for name in names},
        schedule=schedule,
        max_schedules=max(DEFAULT_MAX_SCHEDULES, orders),
    )
    guessed = [name for name in names if name not in roles and role_of(name) is None]
    return Proof(path=source.path, script=script, manifest=manifest, digest=""), guessed


def _last_steps(proof: Proof) -> tuple[str, ...]:
    return contested(replace(proof.manifest, outcome=Outcome()), proof.script.steps)


def _varying(found: Recorded) -> set[str]:
    schedules = found.outcome.schedules if found.outcome else ()
    return {step for each in schedules for step in each.expect}


def _commented(expectation: Expectation) -> str:
    slip = expectation.sqlstate[:2] in _MISTAKES and expectation.sqlstate != "42501"
    return expectation_text(expectation) + ("  # a slip in the SQL, or the attack?" if slip else "")


def _outcome_text(outcome: Outcome) -> str:
    lines = []
    if outcome.winners is not None:
        losers = outcome.losers[0] if len(outcome.losers) == 1 else outcome.losers
        lines.append("\n[outcome]\n")
        if outcome.contest:
            lines.append(f"contest = {toml_value(outcome.contest)}\n")
        lines.append(f"winners = {outcome.winners}\nlosers = {toml_value(losers)}\n")
    for each in outcome.schedules:
        expect = ", ".join(f"{step} = {expectation_text(value)}" for step, value in each.expect.items())
        lines.append(f"\n[[outcome.schedules]]\norder = {toml_value(each.order)}\nexpect = {{ {expect} }}\n")
    return "".join(lines)

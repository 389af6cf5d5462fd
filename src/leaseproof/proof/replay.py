"""What a person sees who replays one proof: its sessions as lanes, expected beside got."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tabulate import tabulate

from leaseproof.errors import LeaseproofError
from leaseproof.proof.answers import expectation_text, rows_text
from leaseproof.proof.cells import cut, printable
from leaseproof.proof.crosscheck import contested
from leaseproof.proof.judge import expectations
from leaseproof.proof.manifest import Expectation, Proof
from leaseproof.proof.outcome import SUCCESS, ProofResult, ScheduleOutcome, StepOutcome
from leaseproof.proof.timeline import WIDTH, answer, draw

_STEP_COLUMNS = 18
_SESSION_COLUMNS = 12
_PADDING = 2  # that tabulate gives every header, and every column from the next
_WORDS = {True: "ok", False: "RED"}


def report(proof: Proof, result: ProofResult, *, number: int | None = None, colour: bool = False) -> str:
    """Return the replay as text of 80 columns.

    Args:
        proof: that was run.
        result: with every schedule.
        number: show only this schedule, from 1.
        colour: whether to use terminal colours.

    Raises:
        LeaseproofError: there is no such schedule.
    """
    total = len(result.schedules)
    if number is not None and not 1 <= number <= total and result.result != "error":
        raise LeaseproofError(f"got --schedule {number}; expected 1 to {total}; choose one of them")
    lines = [f"{result.id}: {result.claim}", result.path]
    for index, schedule in enumerate(result.schedules, start=1):
        if number in (None, index):
            lines += ["", *_schedule(proof, schedule, index, total, colour)]
    lines += ["", verdict(result)]
    return "\n".join(lines)


def verdict(result: ProofResult) -> str:
    """Return one line: green or red, how many schedules and waits, and why."""
    counts = f"{result.schedules_run} schedule{'' if result.schedules_run == 1 else 's'}"
    if result.schedules_infeasible:
        counts += f" ({result.schedules_infeasible} more cannot happen)"
    counts += f", {result.waits} wait{'' if result.waits == 1 else 's'}"
    counts += f", {result.invariants_checked} invariant checks"
    words = {"passed": "green", "failed": "RED", "error": "ERROR", "not_applicable": "NOT APPLICABLE"}[
        result.result
    ]
    return f"{words}: {counts}" + (f"\n{result.reason}" if result.reason else "")


def with_order(proof: Proof, result: ProofResult, number: int | None) -> Proof:
    """Return the proof with one schedule only, for a person who stops in it or keeps its database.

    Args:
        proof: as loaded.
        result: of a run of all its schedules.
        number: which, from 1; the first that failed, else the first, when absent.

    Raises:
        LeaseproofError: there is no such schedule.
    """
    schedules = result.schedules
    if not schedules:
        return proof
    if number is None:
        red = [index for index, each in enumerate(schedules, start=1) if each.problems or each.violations]
        number = red[0] if red else 1
    if not 1 <= number <= len(schedules):
        raise LeaseproofError(f"got --schedule {number}; expected 1 to {len(schedules)}; choose one of them")
    order = schedules[number - 1].order
    return replace(proof, manifest=replace(proof.manifest, schedule=(order,), sample=None))


def _schedule(proof: Proof, schedule: ScheduleOutcome, index: int, total: int, colour: bool) -> Iterator[str]:
    order = " -> ".join(schedule.order) or "(no scheduled step ran)"
    yield f"Schedule {index} of {total}: {order}" if total > 1 else f"Schedule: {order}"
    yield ""
    texts = {step.name: step.sql for step in proof.script.steps}
    yield draw(schedule, sql=texts, sessions=tuple(proof.manifest.sessions), colour=colour)
    yield ""
    yield compare(proof, schedule)
    for problem in schedule.problems:
        yield f"RED: {problem}"
    if schedule.violations:
        yield f"RED: broken afterwards: {', '.join(schedule.violations)} (sql/invariants/)"


def compare(proof: Proof, schedule: ScheduleOutcome) -> str:
    """Return a table of at most 80 columns: each step in file order, expected beside got."""
    named = expectations(proof.manifest, schedule.order)
    contest = contested(proof.manifest, proof.script.steps)
    rows = []
    position = {step.name: index for index, step in enumerate(proof.script.steps)}
    for step in sorted(schedule.steps, key=lambda each: position[each.step]):
        expected = named.get(step.step)
        good = not schedule.is_unexpected(step.step)
        judged = step.step not in contest or (expected is not None and step.sqlstate == SUCCESS)
        words = _expected(expected or Expectation()) if judged else _contested(proof)
        rows.append((step.step, step.session, words, _got(expected or Expectation(), step), _WORDS[good]))
    steps = _widest([row[0] for row in rows], "step", _STEP_COLUMNS)
    sessions = _widest([row[1] for row in rows], "session", _SESSION_COLUMNS)
    room = (WIDTH - steps - sessions - len(_WORDS[False]) - 4 * _PADDING) // 2
    cells = [
        (cut(row[0], steps), cut(row[1], sessions), cut(row[2], room), cut(row[3], room), row[4])
        for row in rows
    ]
    return tabulate(cells, headers=("step", "session", "expected", "got", ""), disable_numparse=True)


def _expected(expected: Expectation) -> str:
    text = expectation_text(expected)
    if text.startswith("{"):
        return text.removeprefix("{ ").removesuffix(" }").replace("sqlstate = ", "") or "success"
    return "success" if expected.sqlstate == SUCCESS else expected.sqlstate


def _contested(proof: Proof) -> str:
    outcome = proof.manifest.outcome
    return " or ".join(["wins", *(outcome.losers if outcome else ())])


def _got(expected: Expectation, got: StepOutcome) -> str:
    words = answer(got)
    if got.sqlstate == SUCCESS and expected.rows is not None:
        words = f"rows = {rows_text(got.rows)}"
    if got.constraint and expected.constraint:
        words = f"{got.sqlstate} {got.constraint}"
    if got.waited:
        words += f", waited for {', '.join(got.waited_for) or 'another'}"
    return printable(words)


def _widest(texts: Sequence[str], title: str, most: int) -> int:
    return min(max([len(title) + _PADDING, *(len(each) for each in texts)]), most)

"""What the manifest expected against what the server answered. Plain functions of plain values."""

from collections.abc import Collection, Mapping, Sequence

from leaseproof.errors import MODEL_SQLSTATES
from leaseproof.proof.manifest import Expectation, Manifest
from leaseproof.proof.outcome import SUCCESS, StepOutcome
from leaseproof.proof.played import Played

FEW_ROWS = 4  # that a message shows whole
HANG = "57014"  # what a step answers whose wait had to be cancelled

_NAMES = {SUCCESS: "success", "40P01": "deadlock", "57014": "cancelled", "55P03": "lock not available"} | {
    each.code: each.name for each in MODEL_SQLSTATES
}
_SUCCESSFUL = Expectation()


def judge_schedule(manifest: Manifest, played: Played, contest: Sequence[str]) -> tuple[str, ...]:
    """Return one sentence for each way in which a schedule differs from its manifest; nothing when it holds.

    Args:
        manifest: of the proof.
        played: what the schedule did.
        contest: the steps that the outcome over the set is about; judged together, not one by one.
    """
    expected = expectations(manifest, played.order)
    contest = contest if _has_winners(manifest) else ()
    problems = []
    for step, outcome in played.outcomes.items():
        if step in contest and (step not in expected or outcome.sqlstate != SUCCESS):
            continue
        if step in played.hung and (played.infeasible or expected.get(step, _SUCCESSFUL).sqlstate != HANG):
            continue
        problems += judge_step(expected.get(step, _SUCCESSFUL), outcome, stall=played.stalls.get(step, ""))
    for step, blockers in played.hung.items():
        if not played.infeasible and expected.get(step, _SUCCESSFUL).sqlstate != HANG:
            problems.append(
                f"step {step}: hangs: it waits for {blockers}, and no step is left that could end the wait; "
                "expected it to end"
            )
    if played.infeasible:
        problems.append(f"this order cannot happen: {played.infeasible}")
    elif not played.broken_setup:
        problems += judge_contest(
            manifest, [played.outcomes[step] for step in contest if step in played.outcomes]
        )
    return tuple(problems)


def expectations(manifest: Manifest, order: Sequence[str]) -> Mapping[str, Expectation]:
    """Return what is expected of each named step in this order, the order's own words last."""
    if manifest.outcome is None:
        return manifest.expect
    overrides = [each.expect for each in manifest.outcome.schedules if tuple(each.order) == tuple(order)]
    return {**manifest.expect, **(overrides[0] if overrides else {})}


def expected_codes(manifest: Manifest, steps: Sequence[str], contest: Sequence[str]) -> dict[str, str]:
    """Return step → the SQLSTATEs that may come back in any of a proof's orders, sorted, commas between.

    Args:
        manifest: of the proof.
        steps: names of all its steps.
        contest: the steps that the outcome over the set is about.
    """
    outcome = manifest.outcome
    own = tuple(each.order for each in outcome.schedules) if outcome else ()
    orders = ((), *own) if manifest.schedule == "every" else manifest.schedule or ((),)
    named = [expectations(manifest, order) for order in orders]
    codes = {step: {each.get(step, _SUCCESSFUL).sqlstate for each in named} for step in steps}
    if outcome and _has_winners(manifest):
        codes |= {step: {SUCCESS, *outcome.losers} for step in steps if step in contest}
    return {step: ",".join(sorted(each)) for step, each in codes.items()}


def judge_contest(manifest: Manifest, outcomes: Sequence[StepOutcome]) -> list[str]:
    """Return what is wrong with the number of winners and with the answers of the losers."""
    if manifest.outcome is None or manifest.outcome.winners is None:
        return []
    winners = [each.step for each in outcomes if each.sqlstate == SUCCESS]
    allowed = manifest.outcome.losers
    problems = []
    if len(winners) != manifest.outcome.winners:
        problems.append(
            f"contest: got {len(winners)} {_plural(len(winners), 'winner')} ({', '.join(winners) or 'none'});"
            f" expected {manifest.outcome.winners}"
        )
    for each in outcomes:
        if each.sqlstate != SUCCESS and each.sqlstate not in allowed:
            wanted = " or ".join(describe(code) for code in allowed) or "no loser"
            problems.append(f"contest: {each.step} lost with {_answer(each)}; expected {wanted}")
    return problems


def judge_step(expected: Expectation, got: StepOutcome, *, stall: str = "") -> list[str]:
    """Return one sentence for each way in which a step differs from what was expected of it.

    Args:
        expected: of this step.
        got: what it answered.
        stall: what it was last seen waiting for that was none of the proof's sessions.
    """
    where = f"step {got.step}"
    problems = []
    if got.sqlstate != expected.sqlstate:
        waited = f" after waiting for {stall}" if stall else ""
        problems.append(f"{where}: expected {describe(expected.sqlstate)}, got {_answer(got)}{waited}")
    elif expected.constraint is not None and got.constraint != expected.constraint:
        problems.append(
            f"{where}: {got.sqlstate} expected from constraint {expected.constraint}, got it from"
            f" {got.constraint or 'none'}"
        )
    for field in ("message", "detail", "hint"):
        wanted, answer = getattr(expected, field), getattr(got, field)
        if wanted is not None and wanted not in answer:
            problems.append(f"{where}: expected {field} to contain {wanted!r}, got {answer!r}")
    if expected.notice is not None and not any(expected.notice in notice for notice in got.notices):
        problems.append(
            f"{where}: expected a notice that contains {expected.notice!r}, got {list(got.notices)}"
        )
    if expected.rows is not None and not rows_match(expected.rows, got.rows):
        problems.append(f"{where}: {rows_difference(expected.rows, got.rows)}")
    if expected.row_count is not None and got.row_count != expected.row_count:
        problems.append(f"{where}: expected row count {expected.row_count}, got {got.row_count}")
    return problems + _judge_wait(expected.blocks, got)


def rows_match(expected: Sequence[Sequence[object]], got: Sequence[Sequence[str | None]]) -> bool:
    """Compare rows as psql shows them: "<NULL>" is NULL, "*" is any value but NULL."""
    return len(expected) == len(got) and all(
        len(wanted) == len(row)
        and all(_value_matches(one, other) for one, other in zip(wanted, row, strict=True))
        for wanted, row in zip(expected, got, strict=True)
    )


def rows_difference(expected: Sequence[Sequence[object]], got: Sequence[Sequence[str | None]]) -> str:
    """Say how rows that do not match differ: whole when they are few, from the first difference on when many."""
    if max(len(expected), len(got)) <= FEW_ROWS:
        return f"expected rows {_shown(expected)}, got {_shown(got)}"
    same = 0
    while same < min(len(expected), len(got)) and rows_match([expected[same]], [got[same]]):
        same += 1
    return (
        f"expected {len(expected)} rows, got {len(got)}; they differ from row {same + 1} on: expected"
        f" {_shown(expected[same : same + 1])}, got {_shown(got[same : same + 1])}"
    )


def judge_breaks(breaks: Collection[str], broken: Collection[str], known: Collection[str]) -> list[str]:
    """Return what is wrong with the invariants that a proof says it breaks.

    Args:
        breaks: names in the manifest.
        broken: names of the invariants that returned a row in any of its schedules.
        known: names of all standing invariants.
    """
    problems = []
    for name in breaks:
        if name not in known:
            problems.append(
                f"breaks names {name!r}, which is no standing invariant; expected one of sql/invariants/"
            )
        elif name not in broken:
            problems.append(
                f"breaks names {name!r}, which held all the time; expected it to be broken, or not named"
            )
    return problems


def describe(sqlstate: str) -> str:
    """Return a SQLSTATE with its name, where it has one here."""
    return f"{sqlstate} ({_NAMES[sqlstate]})" if sqlstate in _NAMES else sqlstate


def _judge_wait(blocks: bool | Sequence[str] | None, got: StepOutcome) -> list[str]:
    where = f"step {got.step}"
    waited = (
        f"it waited for {', '.join(got.waited_for) or 'another session'}" if got.waited else "it did not wait"
    )
    if blocks is None:
        return []
    if isinstance(blocks, bool):
        if blocks == got.waited:
            return []
        wanted = "to wait for another session" if blocks else "not to wait"
        return [f"{where}: expected it {wanted}, got: {waited}"]
    if tuple(sorted(blocks)) == got.waited_for:
        return []
    return [f"{where}: expected it to wait for {', '.join(sorted(blocks))}, got: {waited}"]


def _answer(got: StepOutcome) -> str:
    words = describe(got.sqlstate)
    if got.constraint:
        words += f" from constraint {got.constraint}"
    return f"{words}: {got.message}" if got.message else words


def _value_matches(expected: object, got: str | None) -> bool:
    if isinstance(expected, bool):
        return got == ("t" if expected else "f")
    if expected == "<NULL>":
        return got is None
    if expected == "*":
        return got is not None
    return got == str(expected)


def _shown(rows: Sequence[Sequence[object]]) -> str:
    return str([["<NULL>" if value is None else value for value in row] for row in rows])


def _has_winners(manifest: Manifest) -> bool:
    return manifest.outcome is not None and manifest.outcome.winners is not None


def _plural(count: int, word: str) -> str:
    return word if count == 1 else f"{word}s"

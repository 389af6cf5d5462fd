"""What a person reads when a proof is red: claim, step, SQL, expected, got, the server's words, timeline."""

from collections.abc import Iterator

from leaseproof.proof.manifest import Proof
from leaseproof.proof.outcome import SUCCESS, ProofResult, ScheduleOutcome, StepOutcome
from leaseproof.proof.timeline import draw

SCHEDULES_SHOWN = 3


def failure_text(proof: Proof, result: ProofResult) -> str:
    """Return the whole text for one red proof, without a line end behind it."""
    lines = [f"{result.id}: {result.claim}", f"invariant {result.invariant}; {result.path}"]
    if result.reason:
        lines += ["", result.reason]
    failed = [schedule for schedule in result.schedules if schedule.problems or schedule.violations]
    for schedule in failed[:SCHEDULES_SHOWN]:
        lines += ["", *_schedule(proof, schedule)]
    if len(failed) > SCHEDULES_SHOWN:
        lines += [
            "",
            f"... and {len(failed) - SCHEDULES_SHOWN} more of {result.schedules_run} schedules failed",
        ]
    lines += ["", f"Replay it: ./scripts/invoke proofs.replay {replay_name(result.path)}"]
    return "\n".join(lines)


def replay_name(path: str) -> str:
    """Return what ``proofs.replay`` calls a proof.

    Args:
        path: of its SQL file, relative to the root.
    """
    return path.removeprefix("proofs/").removesuffix(".sql")


def _schedule(proof: Proof, schedule: ScheduleOutcome) -> Iterator[str]:
    texts = {step.name: step.sql for step in proof.script.steps}
    yield f"Schedule: {' -> '.join(schedule.order) or '(no scheduled step ran)'}"
    for problem in schedule.problems:
        yield f"  {problem}"
    if schedule.violations:
        yield f"  broken afterwards: {', '.join(schedule.violations)} (sql/invariants/)"
    for outcome in schedule.steps:
        if schedule.is_unexpected(outcome.step):
            yield ""
            yield from _step(outcome, texts.get(outcome.step, ""))
    yield ""
    yield from (
        f"  {line}"
        for line in draw(schedule, sql=texts, sessions=tuple(proof.manifest.sessions), width=78).splitlines()
    )


def _step(outcome: StepOutcome, text: str) -> Iterator[str]:
    yield f"  Step {outcome.step}, session {outcome.session}:"
    yield from (f"    {line}" for line in text.splitlines())
    if outcome.sqlstate == SUCCESS:
        yield f"    answered {'no rows' if outcome.row_count is None else f'{outcome.row_count} row(s)'}"
        yield from (
            f"      {' | '.join('<NULL>' if value is None else value for value in row)}"
            for row in outcome.rows[:5]
        )
        return
    yield f"    {outcome.sqlstate}: {outcome.message}"
    for word, value in (
        ("DETAIL", outcome.detail),
        ("HINT", outcome.hint),
        ("CONSTRAINT", outcome.constraint),
    ):
        if value:
            yield f"    {word}: {value}"

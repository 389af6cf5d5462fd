"""The order of the steps, and what one step's end means for the others. No I/O."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from leaseproof.errors import LeaseproofError
from leaseproof.evidence.record import State, Step
from leaseproof.gate.signals import Interrupted


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One step before it runs."""

    name: str
    body: Callable[[], str]  # returns what to say of a success; raises LeaseproofError otherwise
    needs: tuple[str, ...] = ()  # steps that must have passed
    after: tuple[str, ...] = ()  # steps that must have run, however they ended
    skip: str = ""  # why it shall not run, a reason that the gate knows


def run_in_order(
    stages: Sequence[Stage],
    steps: list[Step],
    *,
    clock: Callable[[], float],
    begin: Callable[[str], None],
    end: Callable[[Step], None],
    crashed: Callable[[Exception], None],
) -> None:
    """Run the stages, each at most once, and append how each ended.

    Args:
        stages: in their order.
        steps: filled as it goes, so that an interruption leaves what was known.
        clock: seconds that never go back.
        begin: told a stage's name before it runs.
        end: told how it ended.
        crashed: told of an exception that is nobody's declared failure.

    Raises:
        Interrupted: after the stage that it met and all later ones were noted.
    """
    states: dict[str, str] = {}
    running: tuple[str, float] = ("", 0.0)

    def note(step: Step) -> None:
        states[step.name] = step.state
        steps.append(step)
        end(step)

    def ended(state: State, reason: str) -> None:
        name, started = running
        note(Step(name=name, state=state, seconds=round(clock() - started, 2), reason=reason))

    try:
        for stage in stages:
            if reason := stage.skip or _blocked(stage, states):
                note(Step(name=stage.name, state="skipped", reason=reason))
                continue
            running = (stage.name, clock())
            begin(stage.name)
            try:
                said = stage.body()
            except LeaseproofError as error:
                ended("failed", str(error))
            except Exception as error:  # a fault of the gate itself must not cost the evidence
                crashed(error)
                ended("failed", f"{type(error).__name__}: {error}")
            else:
                ended("passed", said)
    except Interrupted as signal:
        reason = f"interrupted by {signal}"
        if running[0] not in ("", *states):
            ended("failed", reason)
        for stage in stages:
            if stage.name not in states:
                note(Step(name=stage.name, state="skipped", reason=stage.skip or reason))
        raise


def _blocked(stage: Stage, states: dict[str, str]) -> str:
    for name in (*stage.needs, *stage.after):
        state = states.get(name, "skipped")
        if state == "skipped":
            return f"{name} did not run"
        if state == "failed" and name in stage.needs:
            return f"{name} failed"
    return ""

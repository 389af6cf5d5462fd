"""What one step's end means for the others."""

import itertools
from collections.abc import Callable

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.evidence.record import Step
from leaseproof.gate.order import Stage, run_in_order
from leaseproof.gate.signals import Interrupted


def passing() -> str:
    """Pass."""
    return "ok"


def failing() -> str:
    """Fail as a step does."""
    raise LeaseproofError("it is red")


def crashing() -> str:
    """Fail as nobody planned."""
    raise RuntimeError("boom")


def interrupted() -> str:
    """Be interrupted."""
    raise Interrupted("SIGTERM")


def run(*stages: Stage) -> tuple[list[tuple[str, str, str]], bool]:
    """Return each step's name, state and reason, and whether the run was interrupted."""
    steps: list[Step] = []
    clock = itertools.count()
    try:
        run_in_order(
            stages,
            steps,
            clock=lambda: float(next(clock)),
            begin=lambda _: None,
            end=lambda _: None,
            crashed=lambda _: None,
        )
    except Interrupted:
        return [(step.name, step.state, step.reason) for step in steps], True
    return [(step.name, step.state, step.reason) for step in steps], False


def stage(name: str, body: Callable[[], str] = passing, **more: object) -> Stage:
    """Return a stage."""
    return Stage(name=name, body=body, **more)  # type: ignore[arg-type]


def test_order_runs_what_needs_nothing_that_failed() -> None:
    """A failed step stops the steps that need it, and no other."""
    found, _ = run(
        stage("a", failing),
        stage("b"),
        stage("c", needs=("a",)),
        stage("d", needs=("b",)),
        stage("e", needs=("c",)),
    )
    assert found == [
        ("a", "failed", "it is red"),
        ("b", "passed", "ok"),
        ("c", "skipped", "a failed"),
        ("d", "passed", "ok"),
        ("e", "skipped", "c did not run"),
    ]


def test_order_runs_a_step_after_one_that_failed_but_not_after_one_that_did_not_run() -> None:
    """The regression query looks at what red tests left, and has nothing to look at when none ran."""
    found, _ = run(
        stage("a", failing),
        stage("b", after=("a",)),
        stage("c", skip="not asked for"),
        stage("d", after=("c",)),
    )
    assert [each[1:] for each in found] == [
        ("failed", "it is red"),
        ("passed", "ok"),
        ("skipped", "not asked for"),
        ("skipped", "c did not run"),
    ]


def test_order_tells_a_crash_as_a_failure() -> None:
    """A fault of the gate itself is a red step, not the end of the gate."""
    assert run(stage("a", crashing), stage("b"))[0] == [
        ("a", "failed", "RuntimeError: boom"),
        ("b", "passed", "ok"),
    ]


def test_order_notes_every_step_of_an_interrupted_run() -> None:
    """The step that met the signal failed, the later ones were skipped, and the caller learns of it."""
    found, was = run(stage("a"), stage("b", interrupted), stage("c"), stage("d", skip="not asked for"))
    assert was
    assert found == [
        ("a", "passed", "ok"),
        ("b", "failed", "interrupted by SIGTERM"),
        ("c", "skipped", "interrupted by SIGTERM"),
        ("d", "skipped", "not asked for"),
    ]


def test_order_counts_seconds() -> None:
    """A step's seconds are those between its beginning and its end."""
    steps: list[Step] = []
    times = iter([10.0, 12.5])
    run_in_order([stage("a")], steps, clock=lambda: next(times), begin=print, end=print, crashed=print)
    assert steps[0].seconds == pytest.approx(2.5)

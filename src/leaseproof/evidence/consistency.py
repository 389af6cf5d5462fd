"""Results that contradict themselves, whatever the files around them say."""

from collections.abc import Iterator, Mapping
from typing import Any

from leaseproof.evidence.bundle import RESULTS
from leaseproof.evidence.record import Record, red_results

RED = ("failed", "error", "not run")


def contradictions(record: Record) -> Iterator[str]:
    """Yield where a record says passed of what its own details say otherwise, one sentence each.

    Args:
        record: as it was read from a bundle.
    """
    for proof in record.proofs:
        if proof["result"] == "passed":
            for said in _proof(proof):
                yield f"{RESULTS}: the proof {proof['path']} passed, yet {said}"
    states = {step.name: step.state for step in record.steps}
    for step, found in (("unit", _unit), ("integration", red_results), ("regression", _regression)):
        if states.get(step) == "passed":
            for said in found(record):
                yield f"{RESULTS}: the step {step} passed, yet {said}"


def _proof(proof: Mapping[str, Any]) -> Iterator[str]:
    if proof["schedules_run"] <= 0:
        yield "not one schedule was run"
    for schedule in proof["schedules"]:
        order = ", ".join(schedule["order"])
        if schedule["problems"]:
            yield f"its order {order} has a problem: {schedule['problems'][0]}"
        if schedule["violations"]:
            yield f"after its order {order} {schedule['violations'][0]} does not hold"
    for step, observed in proof["observed"].items():
        expected = proof["expected"].get(step, "")
        if not set(observed.split(",")) <= set(expected.split(",")):
            yield f"its step {step} got {observed}; expected {expected or 'nothing of it'}"
    for schedule in proof["schedules"]:
        for step in schedule["steps"]:
            if step["sqlstate"] not in proof["observed"].get(step["step"], "").split(","):
                yield f"its step {step['step']} got {step['sqlstate']}, which is not among the observed"


def _unit(record: Record) -> Iterator[str]:
    for test in record.tests:
        if test.nodeid.startswith("tests/unit/") and test.result in RED:
            yield f"{test.nodeid}: {test.result}"


def _regression(record: Record) -> Iterator[str]:
    found = record.regression
    if found is None:
        yield "it found nothing out"
        return
    if found.dispatching:
        yield f"{found.dispatching} attempts are in state DISPATCHING"
    for name, rows in found.violations.items():
        if rows:
            yield f"{name} has {rows} rows"
    yield from found.problems

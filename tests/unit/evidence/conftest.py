"""Records to write bundles of."""

from dataclasses import replace
from typing import Any

import pytest

from leaseproof.evidence.record import Record, Regression, StandingInvariant, Step, Teeth, Test


def proof(
    name: str, *, result: str = "passed", expected: str = "P7002", observed: str = "P7002", **more: Any
) -> dict[str, Any]:
    """Return one proof's result as plain values."""
    event = {"position": 1, "session": "worker_a", "step": "stale", "kind": "launch", "text": ""}
    other = {"position": 2, "session": "worker_b", "step": "take_over", "kind": "launch", "text": ""}
    schedule = {
        "order": ["stale", "take_over"],
        "feasible": True,
        "steps": [],
        "events": [event, other],
        "problems": [] if result == "passed" else ["stale: expected P7002; got 00000"],
        "violations": [],
    }
    return {
        "id": f"FC-{name}",
        "path": f"proofs/fencing/{name}.sql",
        "claim": f"The claim of {name} <holds> & stands.",
        "invariant": "fencing",
        "covers": [f"FC-{name}"],
        "result": result,
        "reason": "the server has no prepared transactions" if result == "not_applicable" else "",
        "expected": {"stale": expected},
        "observed": {"stale": observed},
        "roles": ["outbox_executor"],
        "schedules_run": 2,
        "schedules_infeasible": 0,
        "waits": 1,
        "invariants_checked": 38,
        "breaks": [],
        "schedules": [schedule],
        "digest": "a" * 64,
        **more,
    }


@pytest.fixture
def green() -> Record:
    """Return the record of a run in which everything passed."""
    names = ("a", "b", "c")
    paths = tuple(f"proofs/fencing/{name}.sql" for name in names)
    digests = {path: "b" * 64 for path in paths} | {path.replace(".sql", ".toml"): "c" * 64 for path in paths}
    return Record(
        ending="finished",
        database="private",
        server_version="18.4",
        commit="0123456789abcdef0123456789abcdef01234567",
        commit_time=1_700_000_000,
        steps=tuple(
            Step(name=name, state="passed", seconds=1.5, reason="said")
            for name in ("guardrails", "unit", "database", "integration", "regression")
        ),
        expected_proofs=paths,
        collected_proofs=paths,
        tests=(
            Test(
                nodeid="tests/integration/test_y.py::test_y",
                result="passed",
                file="tests/integration/test_y.py",
                seconds=0.1,
            ),
            Test(
                nodeid="tests/unit/test_x.py::test_x[\x00]",
                result="passed",
                file="tests/unit/test_x.py",
                seconds=0.1,
            ),
            Test(
                nodeid="tests/unit/test_x.py::test_z",
                result="skipped",
                reason="no such server",
                file="tests/unit/test_x.py",
            ),
        ),
        proofs=tuple(proof(name) for name in names),
        digests={**digests, "tests/unit/test_x.py": "d" * 64},
        invariants=(StandingInvariant(name="lease_is_whole", claim="A lease is whole.", sql="SELECT 1"),),
        regression=Regression(),
        teeth=Teeth(kills={"FC-a": "complete/comparison/1"}, alone={"fencing": {"complete/comparison/1": "FC-a", "x/y/2": "FC-b"}}),
        guardrails="GUARDRAILS\nnone found\n",
        sarif='{"version": "2.1.0"}\n',
        catalog={
            name: f"-- {name}\n"
            for name in (
                "01_grants.tsv",
                "02_functions.sql",
                "03_invariants.sql",
                "04_views.sql",
                "06_schema.sql",
                "07_privileges.sql",
            )
        },
        run={"started_at": "2026-01-01T00:00:00+00:00"},
    )


@pytest.fixture
def red(green: Record) -> Record:
    """Return the record of a run in which one proof failed."""
    steps = tuple(
        replace(step, state="failed", reason="1 proofs red") if step.name == "integration" else step
        for step in green.steps
    )
    bad = proof("b", result="failed", observed="00000")
    return replace(green, steps=steps, proofs=(green.proofs[0], bad, green.proofs[2]))

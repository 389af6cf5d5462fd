"""The fault campaign at a bounded size."""

import os

from leaseproof.bench.relay.campaign import run_campaign
from leaseproof.bench.relay.fault_plan import Kind, draw


def test_plan_is_replayed_by_its_seed():
    """The same seed gives the same faults, and every kind comes at least once."""
    plan = draw(seed=5, payments=2000, workers=4)
    assert plan == draw(seed=5, payments=2000, workers=4) != draw(seed=6, payments=2000, workers=4)
    assert {fault.kind for fault in plan} == set(Kind)


def test_campaign_ends_with_ledger_rail_counters_and_logs_in_agreement(leaseproof_run):
    """kill -9, SIGSTOP past the lease, cut connections, a crashed server and a bad rail: each payment ends once."""
    lines = []
    report = run_campaign(
        payments=200,
        workers=3,
        seed=20,
        model=leaseproof_run.root / "sql",
        environment=os.environ,
        say=lines.append,
    )
    assert report.reckoning.problems == []
    assert report.reckoning.figures["payments"] >= 200 and report.reckoning.figures["killed"] >= 1

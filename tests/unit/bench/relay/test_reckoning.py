"""The checks after a campaign can fail: each kind of disagreement is found."""

import json
from types import SimpleNamespace

import pytest

from leaseproof.bench.relay.processes import Started
from leaseproof.bench.relay.reckoning import Reckoning, hold_counters, hold_rail

LOG = (
    "2026-01-01 00:00:00 INFO STARTED worker_id=w-1 lease_seconds=2\n"
    "2026-01-01 00:00:01 WARNING LEASE_LOST_CONCURRENCY_EVENT worker_id=w-1 outbox_id=b lease_epoch=1\n"
    "2026-01-01 00:00:01 WARNING outbox_signals worker_id=w-1 expired_lease_count=3 repair_requeued_count=0 "
    "lease_lost_count=1 terminal_guard_hit_count=0 late_outcome_count=1 claimed_count=2 dispatched_count=1\n"
)
COUNTS = {"claimed_count": 2, "dispatched_count": 1, "lease_lost_count": 1, "late_outcome_count": 1}
# outbox_id, state, lease_worker, recorded_by, ended_by, instruction_id
ATTEMPTS = [
    ("a", "DISPATCHED", "w-1", "w-1", "COMPLETION", "i-a"),
    ("b", "REPAIR_REQUEUED", "w-1", "w-2", "REPAIR", "i-b"),
    ("b", "DISPATCHED", "w-2", "w-2", "COMPLETION", "i-b"),
]
RECORD = [
    {"asked": "pay", "key": "a", "instruction_id": "i-a", "body": "1", "epoch": "1", "did": "taken"},
    {"asked": "pay", "key": "b", "instruction_id": "i-b", "body": "2", "epoch": "1", "did": "taken"},
    {"asked": "find", "key": "b", "did": "accepted"},
]


@pytest.fixture
def counters(tmp_path):
    """Return a function that holds one process's counters and log to a ledger and returns the problems."""

    def problems(*, counts=None, log=LOG, attempts=None, late=None, killed=False):
        (tmp_path / "log").write_text(log)
        journal = "".join(json.dumps(item) + "\n" for item in (COUNTS if counts is None else counts).items())
        (tmp_path / "journal").write_text(journal)
        process = Started(
            name="worker-1",
            process=SimpleNamespace(),  # type: ignore[arg-type]
            log=tmp_path / "log",
            journal=tmp_path / "journal",
            killed=killed,
        )
        found = Reckoning()
        hold_counters(found, process, attempts or ATTEMPTS, late or {"w-1": 1}, 20)
        return found.problems

    return problems


def test_agreement_is_no_problem(counters):
    """Ledger, counters and log tell one story."""
    assert counters() == []
    found = Reckoning()
    hold_rail(found, ATTEMPTS, RECORD)
    assert found.problems == []


@pytest.mark.parametrize("name", sorted(COUNTS))
@pytest.mark.parametrize("change", [-1, 1])
def test_counter_that_is_off_by_one_is_found(counters, name, change):
    """An increment that is missing or doubled is seen in the ledger, the sum or the log."""
    assert counters(counts=COUNTS | {name: COUNTS[name] + change}) != []


def test_log_that_tells_less_than_the_hook_is_found(counters):
    """An event without its line, or a line without its number."""
    first, event, cycle = LOG.splitlines(keepends=True)
    assert counters(log=first + cycle) != []
    assert counters(log=first + event + cycle.replace("lease_lost_count=1", "lease_lost_count=2")) != []


def test_ledger_event_without_a_counter_is_found(counters):
    """A completion that nobody counted."""
    more = [*ATTEMPTS, ("c", "FAILED", "w-1", "w-1", "COMPLETION", "i-c")]
    assert counters(attempts=more) != []


def test_killed_process_may_lack_only_what_it_had_in_hand(counters):
    """A commit whose answer found nobody is no problem up to a batch, and one beyond it is."""

    def with_more(n):
        return [*ATTEMPTS, *((f"c{k}", "DISPATCHED", "w-1", "w-1", "COMPLETION", "i") for k in range(n))]

    assert counters(attempts=with_more(20), killed=True) == []
    assert counters(attempts=with_more(21), killed=True) != []


@pytest.mark.parametrize(
    ("attempts", "record"),
    [
        (ATTEMPTS, RECORD[:1]),  # a payment that the rail was never asked for
        (ATTEMPTS, [*RECORD, RECORD[0] | {"did": "conflict"}]),
        (ATTEMPTS, [*RECORD, RECORD[0] | {"body": "3"}]),  # two bodies under one key
        (ATTEMPTS, [*RECORD, RECORD[0] | {"instruction_id": "i-b"}]),
        (ATTEMPTS, [RECORD[0] | {"did": "lost"}, *RECORD[1:]]),  # DISPATCHED, and the rail never took it
        ([ATTEMPTS[0][:1] + ("FAILED",) + ATTEMPTS[0][2:], *ATTEMPTS[1:]], RECORD),  # FAILED, and it took it
    ],
)
def test_rail_that_tells_another_story_is_found(attempts, record):
    """Each promise about the rail's record can be broken, and is seen."""
    found = Reckoning()
    hold_rail(found, attempts, record)
    assert found.problems != []

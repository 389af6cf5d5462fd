"""Lease repair: bounded passes, exact counts, quiet waits."""

import asyncio
from uuid import uuid4

import pytest

from leaseproof.errors import DatabaseError
from leaseproof.outbox.conditions import Conditions
from leaseproof.outbox.repair import Repairer, RepairPass, look_and_repair
from leaseproof.outbox.signals import Signals


class Leases:
    """A database with so many expired leases; errors are raised first."""

    def __init__(self, expired, *, failed=0, errors=()):
        self.expired, self.failed, self.errors, self.passes = expired, failed, list(errors), 0
        self.when_idle = lambda: None

    async def expired_leases(self):
        """Return what the view would show."""
        return self.expired

    async def repair(self, batch_size):
        """End some."""
        self.passes += 1
        if self.errors:
            raise self.errors.pop(0)
        ended = min(batch_size, self.expired)
        if ended < batch_size:
            self.when_idle()
        self.expired -= ended
        return [
            (uuid4(), 20 if n < self.failed else 1, "FAILED" if n < self.failed else "REPAIR_REQUEUED")
            for n in range(ended)
        ]


def repair_until_idle(leases, hook, settings):
    """Run the repairer until a pass finds nothing; return its signals and why it paused."""
    signals = Signals(worker_id="w", hooks=(hook,))

    async def run():
        repairer = Repairer(
            settings=settings, calls=leases, signals=signals, conditions=Conditions(worker_id="w")
        )
        leases.when_idle = repairer.stop
        await repairer.run()
        return repairer.pauses

    return signals, asyncio.run(run())


def test_pass_counts_what_it_ended(counting):
    """One increment for each row that went back to the queue, another counter for the ceiling."""
    signals = Signals(worker_id="w", hooks=(counting,))
    done = asyncio.run(look_and_repair(Leases(7, failed=2), signals, 5))
    assert done == RepairPass(requeued=3, failed=2)
    assert counting.counted == {"repair_requeued_count": 3, "repair_failed_count": 2}
    assert counting.gauges == [("expired_lease_count", 7)]


def test_full_passes_follow_each_other_without_a_pause(counting, new_settings):
    """A backlog is worked off a bounded batch at a time; the pause comes after the last."""
    leases = Leases(250)
    signals, pauses = repair_until_idle(leases, counting, new_settings(repair_batch_size=100))
    assert leases.passes == 3 and leases.expired == 0 and pauses == {"idle": 1}
    assert signals.totals == {"repair_requeued_count": 250}


def test_nothing_expired_counts_nothing(counting, new_settings):
    """A pass without work is not an event."""
    signals, _ = repair_until_idle(Leases(0), counting, new_settings())
    assert signals.totals == {} and counting.increments == []


@pytest.mark.parametrize(
    ("sqlstate", "event"), [("P7007", "WARNING CLAIMS_CLOSED"), ("08006", "WARNING DATABASE_UNAVAILABLE")]
)
def test_state_of_the_database_is_waited_out_with_one_line(counting, new_settings, lines, sqlstate, event):
    """Repair neither counts nor repeats itself while it cannot work."""
    errors = [DatabaseError("no", sqlstate=sqlstate) for _ in range(4)]
    leases = Leases(3, errors=errors)
    signals, pauses = repair_until_idle(leases, counting, new_settings(repair_interval_seconds=0.01))
    assert len([text for text in lines() if text.startswith(event + " ")]) == 1
    assert len([text for text in lines() if "_ENDED " in text]) == 1
    assert pauses == {"error": 4, "idle": 1} and signals.totals == {"repair_requeued_count": 3}


def test_failed_pass_counts_nothing(counting):
    """A pass whose answer never came is not counted: it may not have happened."""
    signals = Signals(worker_id="w", hooks=(counting,))
    leases = Leases(3, errors=[DatabaseError("no", sqlstate="57P01")])
    with pytest.raises(DatabaseError):
        asyncio.run(look_and_repair(leases, signals, 5))
    assert counting.increments == []


def test_bug_in_a_pass_is_told_and_repair_goes_on(counting, new_settings, lines):
    """A worker that relays must not stop repairing in silence."""
    leases = Leases(3, errors=[IndexError("list index out of range"), TypeError("bug")])
    signals, pauses = repair_until_idle(leases, counting, new_settings(repair_interval_seconds=0.01))
    assert signals.totals == {"unexpected_count": 2, "repair_requeued_count": 3}
    assert pauses == {"error": 2, "idle": 1}
    assert [text.split()[3:5] for text in lines() if text.startswith("ERROR")] == [
        ["where=repair", "sqlstate=IndexError"],
        ["where=repair", "sqlstate=TypeError"],
    ]

"""The signals: exact counts, few lines, never ERROR."""

import pytest

from leaseproof.outbox.signals import DETAIL_LINES_PER_CYCLE, IDS_IN_SUMMARY, SIGNALS, Signals, line


def test_quiet_cycle_says_nothing(lines):
    """A worker with nothing to report writes nothing."""
    signals = Signals(worker_id="w")
    signals.repaired(requeued=0, failed=0)
    signals.expired_leases_seen(0)
    signals.flush()
    assert lines() == []


def test_busy_cycle_is_one_line_at_info(lines):
    """However many payments went through, a cycle is one line with all four signals."""
    signals = Signals(worker_id="w")
    for _ in range(5000):
        signals.completed("DISPATCHED")
    signals.claimed(5000)
    signals.flush()
    assert lines() == [
        "INFO outbox_signals worker_id=w expired_lease_count=0 repair_requeued_count=0 lease_lost_count=0 "
        "terminal_guard_hit_count=0 claimed_count=5000 dispatched_count=5000"
    ]


def test_each_signal_is_one_increment_an_event(lines, new_payment, counting):
    """The hook, the totals and the line say the same number."""
    signals = Signals(worker_id="w", hooks=(counting,))
    signals.repaired(requeued=3, failed=1)
    signals.lease_lost(new_payment(), outcome="DISPATCHED", noticed_by="P7002")
    signals.lease_lost(new_payment(), outcome="DISPATCHED", noticed_by="clock")
    signals.terminal_guard_hit(new_payment(), outcome="DISPATCHED", sqlstate="23505")
    signals.late_outcome_kept()
    signals.expired_leases_seen(4)
    signals.flush()
    expected = {
        "repair_requeued_count": 3,
        "repair_failed_count": 1,
        "lease_lost_count": 2,
        "terminal_guard_hit_count": 1,
        "late_outcome_count": 1,
    }
    assert counting.counted == signals.totals == expected
    assert counting.gauges == [("expired_lease_count", 4)]
    assert lines()[-1] == (
        "WARNING outbox_signals worker_id=w expired_lease_count=4 repair_requeued_count=3 lease_lost_count=2 "
        "terminal_guard_hit_count=1 late_outcome_count=1 repair_failed_count=1"
    )


def test_expired_leases_of_a_cycle_are_its_peak(lines, counting):
    """Leases that were seen expired are told although lease repair was quick; the gauge has every reading."""
    signals = Signals(worker_id="w", hooks=(counting,))
    for leases in (2, 7, 0):
        signals.expired_leases_seen(leases)
    signals.flush()
    signals.flush()
    assert [text.split()[3] for text in lines()] == ["expired_lease_count=7"]
    assert [value for _, value in counting.gauges] == [2, 7, 0]


def test_counts_begin_anew_with_each_cycle(lines, new_payment):
    """A cycle's line has that cycle's events, the totals have all."""
    signals = Signals(worker_id="w")
    for _ in range(2):
        signals.lease_lost(new_payment(), outcome="FAILED", noticed_by="P7002")
        signals.flush()
    signals.flush()
    assert [text for text in lines() if "lease_lost_count=1" in text] and len(lines()) == 4
    assert signals.totals["lease_lost_count"] == 2


def test_lease_loss_names_the_payment_and_the_lease(lines, new_payment):
    """The event line has what an on-call person needs to find the payment."""
    payment = new_payment(lease_epoch=3, attempt_count=2)
    Signals(worker_id="w").lease_lost(payment, outcome="DISPATCHED", noticed_by="P7002")
    assert lines() == [
        f"WARNING LEASE_LOST_CONCURRENCY_EVENT worker_id=w outbox_id={payment.outbox_id} lease_epoch=3 "
        "attempt_count=2 outcome=DISPATCHED noticed_by=P7002"
    ]


def test_storm_of_lost_leases_is_a_handful_of_lines(lines, new_payment):
    """Ten thousand lease losses in one cycle are counted exactly and logged in seven lines of bounded size."""
    signals = Signals(worker_id="w")
    for _ in range(10_000):
        signals.lease_lost(new_payment(), outcome="DISPATCHED", noticed_by="P7002")
    signals.flush()
    logged = lines()
    assert len(logged) == DETAIL_LINES_PER_CYCLE + 2
    assert f"and_more={10_000 - DETAIL_LINES_PER_CYCLE} " in logged[-2]
    assert logged[-2].count(",") == IDS_IN_SUMMARY - 1
    assert "lease_lost_count=10000 " in logged[-1]
    assert max(map(len, logged)) < 600


def test_no_signal_is_an_error(lines, new_payment):
    """The four signals are operational: INFO or WARNING."""
    signals = Signals(worker_id="w")
    signals.repaired(requeued=1, failed=1)
    signals.lease_lost(new_payment(), outcome="DISPATCHED", noticed_by="P7002")
    signals.terminal_guard_hit(new_payment(), outcome="DISPATCHED", sqlstate="P7011")
    signals.expired_leases_seen(9)
    signals.flush()
    assert {text.split()[0] for text in lines()} == {"WARNING"}


def test_unexpected_answer_is_logged_once_a_cycle(lines):
    """The same answer from the same place is one ERROR line and a number."""
    signals = Signals(worker_id="w")
    for _ in range(100):
        signals.unexpected("complete", "22023", "got x", outbox_id="id-1")
    signals.flush()
    signals.unexpected("complete", "22023", "got x", outbox_id="id-1")
    logged = lines()
    assert [text.split()[0] for text in logged] == ["ERROR", "WARNING", "ERROR"]
    assert "unexpected_count=100" in logged[1]


def test_hook_that_raises_is_dropped_with_one_line(lines, counting):
    """A metrics system that is broken stops neither payments nor the other hooks."""

    class Broken:
        def count(self, name, amount):
            raise RuntimeError("no network")

    signals = Signals(worker_id="w", hooks=(Broken(), counting))
    signals.claimed(2)
    signals.claimed(3)
    assert [text for text in lines() if "SIGNAL_HOOK_DROPPED" in text] == [
        "WARNING SIGNAL_HOOK_DROPPED worker_id=w hook=Broken error=RuntimeError"
    ]
    assert counting.counted["claimed_count"] == 5


@pytest.mark.parametrize("value", ["a b", 'a"b', "a\nlevel=ERROR x", "a=b", "", "naïve\u2028x"])
def test_line_stays_one_line_of_pairs(value):
    """A value from outside cannot forge a field or a line."""
    text = line("EVENT", {"first": value, "second": 2})
    assert text.isprintable() and len(text.split(" ")) == 3 and text.endswith(" second=2")


def test_names_are_those_of_the_plan():
    """Dashboards rely on the names."""
    assert SIGNALS == (
        "expired_lease_count",
        "repair_requeued_count",
        "lease_lost_count",
        "terminal_guard_hit_count",
    )

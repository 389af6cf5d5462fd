"""The OpenTelemetry adapter passes the same numbers on."""

import pytest

from leaseproof.outbox.signals import OTHER_COUNTS, SIGNALS, Signals

pytest.importorskip("opentelemetry.metrics", reason="the opentelemetry extra is not installed")
from leaseproof.outbox.otel import OpenTelemetryHook  # noqa: E402


class Meter:
    """Makes instruments that write down what they are told."""

    def __init__(self):
        self.made, self.told = [], []

    def create_counter(self, name):
        """Make a counter."""
        return self._instrument(name, "add")

    def create_gauge(self, name, description):
        """Make a gauge."""
        return self._instrument(name, "set")

    def _instrument(self, name, method):
        self.made.append(name)
        return type("Instrument", (), {method: lambda _, amount: self.told.append((name, amount))})()


def test_signals_reach_the_meter(new_payment):
    """One instrument a name, one call an event."""
    meter = Meter()
    signals = Signals(worker_id="w", hooks=(OpenTelemetryHook(meter),))
    signals.expired_leases_seen(3)
    signals.repaired(requeued=2, failed=0)
    signals.lease_lost(new_payment(), outcome="DISPATCHED", noticed_by="P7002")
    assert meter.made == [f"outbox.{name}" for name in (*SIGNALS, *OTHER_COUNTS)]
    assert meter.told == [
        ("outbox.expired_lease_count", 3),
        ("outbox.repair_requeued_count", 2),
        ("outbox.lease_lost_count", 1),
    ]

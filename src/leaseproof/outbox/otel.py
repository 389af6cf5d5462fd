"""The signals as OpenTelemetry metrics: ``pip install leaseproof[opentelemetry]``."""

from opentelemetry.metrics import Counter, Meter, get_meter

from leaseproof.outbox.signals import OTHER_COUNTS, SIGNALS

PREFIX = "outbox."  # outbox.lease_lost_count, …


class OpenTelemetryHook:
    """A hook for :class:`leaseproof.outbox.signals.Signals`.

    Args:
        meter: where the instruments are made; the global provider's when None.
    """

    def __init__(self, meter: Meter | None = None) -> None:
        meter = meter or get_meter("leaseproof.outbox")
        self._expired = meter.create_gauge(
            PREFIX + SIGNALS[0], description="leases seen expired, not yet repaired"
        )
        self._counters: dict[str, Counter] = {
            name: meter.create_counter(PREFIX + name) for name in (*SIGNALS[1:], *OTHER_COUNTS)
        }

    def count(self, name: str, amount: int) -> None:
        """Add to the counter of that name."""
        self._counters[name].add(amount)

    def gauge(self, name: str, value: int) -> None:
        """Set the gauge."""
        self._expired.set(value)

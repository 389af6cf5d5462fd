"""Delays grow, are spread, and stay within their bounds."""

from random import Random

from leaseproof.outbox.backoff import reconnect_delay_seconds, retry_delay_seconds


class Highest(Random):
    """Draws the top of every range."""

    def uniform(self, a: float, b: float) -> float:
        """Return the top."""
        return b


def test_retry_delay_doubles_up_to_its_bound(new_settings):
    """Each attempt waits twice as long as the one before, and never longer than RETRY_MAX_SECONDS."""
    settings = new_settings(retry_base_seconds=2.0, retry_max_seconds=100)
    delays = [
        retry_delay_seconds(settings, attempt_count=n, after_seconds=None, random=Highest()) for n in range(8)
    ]
    assert delays == [2, 4, 8, 16, 32, 64, 100, 100]


def test_retry_delay_is_spread(new_settings):
    """Payments of one outage do not come back at one moment, and none before half of the delay."""
    settings = new_settings(retry_base_seconds=1000.0, retry_max_seconds=1000)
    random = Random(1)
    delays = {
        retry_delay_seconds(settings, attempt_count=0, after_seconds=None, random=random) for _ in range(50)
    }
    assert len(delays) > 20 and min(delays) >= 500 and max(delays) <= 1000


def test_retry_delay_keeps_the_wish_of_the_rail_within_the_bound(new_settings):
    """Retry-After is honoured when it is longer than ours, up to RETRY_MAX_SECONDS."""
    settings = new_settings(retry_base_seconds=2.0, retry_max_seconds=100)
    asked = [
        retry_delay_seconds(settings, attempt_count=0, after_seconds=wish, random=Highest())
        for wish in (0.5, 30.0, 1e9)
    ]
    assert asked == [2, 30, 100]


def test_reconnect_delay_has_a_floor_and_a_ceiling():
    """A database that is away is asked again soon at first and never in a busy loop."""
    assert reconnect_delay_seconds(1, random=Highest()) == 0.1
    assert reconnect_delay_seconds(1000, random=Highest()) == 5.0
    assert all(reconnect_delay_seconds(n, random=Random(n)) >= 0.05 for n in range(1, 40))

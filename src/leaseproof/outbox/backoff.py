"""How long to wait before trying again: exponential, with jitter, within a bound."""

import math
from random import Random

from leaseproof.outbox.settings import WorkerSettings


def retry_delay_seconds(
    settings: WorkerSettings, *, attempt_count: int, after_seconds: float | None, random: Random
) -> int:
    """Return the delay before a payment's next attempt, in whole seconds.

    Args:
        attempt_count: attempts in the ledger before this one.
        after_seconds: the rail's own wish, kept when it is longer than ours and within the bound.
        random: spreads the payments of one outage over half of the delay.
    """
    grown = settings.retry_base_seconds * 2.0 ** min(attempt_count, 32)
    delay = min(float(settings.retry_max_seconds), grown) * random.uniform(0.5, 1.0)
    return min(settings.retry_max_seconds, math.ceil(max(delay, after_seconds or 0.0)))


def reconnect_delay_seconds(failures: int, *, random: Random) -> float:
    """Return the pause after so many failures of the database in a row: 0.1 s at first, 5 s at most."""
    return min(5.0, 0.1 * 2.0 ** min(failures - 1, 10)) * random.uniform(0.5, 1.0)

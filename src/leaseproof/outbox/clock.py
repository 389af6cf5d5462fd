"""The clock that a lease is judged by in the worker: it never steps back, and it counts while the machine sleeps."""

import time

# A suspended machine's lease runs out all the same; CLOCK_MONOTONIC stands still meanwhile on Linux.
_LEASE_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def lease_clock() -> float:
    """Return seconds since an arbitrary moment."""
    return time.clock_gettime(_LEASE_CLOCK)


def latency_ms(started: float, ended: float) -> int:
    """Return whole milliseconds between two readings of :func:`lease_clock`, never less than zero (CL-15)."""
    return max(0, round((ended - started) * 1000))

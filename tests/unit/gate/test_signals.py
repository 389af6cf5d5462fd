"""Signals as one exception."""

import os
import signal
from contextlib import suppress

import pytest

from leaseproof.gate.signals import Interrupted, Signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_first_signal_is_raised_once(number: signal.Signals) -> None:
    """The first signal interrupts; a second one, of whatever kind, does not interrupt the ending."""
    with Signals() as signals:
        with pytest.raises(Interrupted, match=number.name):
            os.kill(os.getpid(), number)
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), number)
        assert signals.received == number.name


def test_signal_during_the_ending_is_only_noted() -> None:
    """What must end is not interrupted, and learns afterwards that it was asked to."""
    with Signals() as signals:
        signals.hold()
        os.kill(os.getpid(), signal.SIGTERM)
        assert signals.received == "SIGTERM"


def test_signal_that_was_swallowed_is_raised_at_the_next_check() -> None:
    """What a destructor swallowed is raised again before the next step, but not once the ending began."""
    with Signals() as signals:
        signals.check()
        with suppress(Interrupted):
            os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(Interrupted, match="SIGTERM"):
            signals.check()
        signals.hold()
        signals.check()


def test_handlers_are_put_back() -> None:
    """Afterwards signals mean what they meant before."""
    before = signal.getsignal(signal.SIGTERM)
    with Signals():
        pass
    assert signal.getsignal(signal.SIGTERM) == before

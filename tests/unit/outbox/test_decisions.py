"""What the worker decides, case by case, without a clock, a database or a rail."""

from random import Random

import pytest

from leaseproof.outbox.decisions import (
    InHand,
    after_dispatch,
    after_unknown,
    before_dispatch,
    dispatch_deadline,
    may_start,
    must_ask_first,
)
from leaseproof.outbox.payment import State
from leaseproof.outbox.rails.protocol import Absent, Accepted, Refused, TryAgain, Unknown


def decide(decision, answer, payment, settings):
    """Return the state that a decision settles on; None when it is left open."""
    outcome = decision(answer, payment, settings, latency_ms=1, random=Random(1))
    return None if outcome is None else outcome.state


@pytest.mark.parametrize(("now", "allowed"), [(100.0, True), (140.0, True), (140.001, False), (161.0, False)])
def test_start_needs_room_for_the_rail_and_the_margin(new_settings, new_payment, now, allowed):
    """A lease of 60 s from before the claim was sent leaves 40 s in which a call of 15 + 5 s may begin (CL-01)."""
    hand = InHand(payment=new_payment(), claim_sent=100.0, claim_answered=109.0)
    assert may_start(hand, now, new_settings()) is allowed


def test_lease_is_over_only_after_the_latest_possible_end_and_the_margin(new_settings, new_payment):
    """Between the earliest and the latest possible end of a lease, the database is the judge."""
    hand = InHand(payment=new_payment(), claim_sent=100.0, claim_answered=109.0)
    assert [hand.surely_over(now, new_settings()) for now in (160.1, 169.1, 174.0, 174.1)] == [
        False,
        False,
        False,
        True,
    ]


def test_dispatch_leaves_time_for_a_question(new_settings):
    """The call ends early enough to ask by key within the payment's time."""
    assert dispatch_deadline(100.0, new_settings()) == 112.0


def test_first_attempt_is_sent_without_a_question(new_payment):
    """Only a payment that somebody held before is asked for."""
    assert not must_ask_first(new_payment())
    assert must_ask_first(new_payment(attempt_count=1))
    assert must_ask_first(new_payment(lease_epoch=2))


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (Accepted(reference="r"), State.DISPATCHED),
        (Refused(error_code="NO"), State.FAILED),
        (Absent(), None),
        (Absent(final=True), None),
        (Unknown(error_code="?"), State.RETRYABLE),
    ],
)
def test_question_before_the_call_settles_what_it_can(new_settings, new_payment, found, state):
    """Nothing is sent when the rail knows the payment, nor when it cannot be asked."""
    assert decide(before_dispatch, found, new_payment(), new_settings()) is state


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Accepted(reference="r"), State.DISPATCHED),
        (Refused(error_code="NO"), State.FAILED),
        (TryAgain(error_code="BUSY"), State.RETRYABLE),
        (Unknown(error_code="TIMEOUT"), None),
    ],
)
def test_answer_settles_all_but_the_unknown(new_settings, new_payment, answer, state):
    """A timeout is unknown, not failed (CL-06)."""
    assert decide(after_dispatch, answer, new_payment(), new_settings()) is state


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (Accepted(), State.DISPATCHED),
        (Refused(error_code="NO"), State.FAILED),
        (Absent(), None),
        (Absent(final=True), State.RETRYABLE),
        (Unknown(error_code="?"), None),
    ],
)
def test_unknown_becomes_retryable_only_on_the_rails_promise(new_settings, new_payment, found, state):
    """An absence that is not final is left to lease repair: the call may still be on its way (CL-17)."""
    assert decide(after_unknown, found, new_payment(), new_settings()) is state

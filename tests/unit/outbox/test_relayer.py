"""The relayer on fakes: what it sends, when, and what it records."""

import asyncio
from random import Random
from uuid import uuid4

import pytest

from leaseproof.errors import DatabaseError
from leaseproof.outbox import relayer
from leaseproof.outbox.payment import State
from leaseproof.outbox.rails.protocol import Absent, Accepted, Refused, TryAgain, Unknown


def lost(sqlstate="08006"):
    """Return an error of the database."""
    return DatabaseError("gone", sqlstate=sqlstate)


def states(bench):
    """Return the recorded states in order."""
    return [outcome.state for _, outcome in bench.calls.completed]


def test_payments_are_sent_and_recorded(bench_of, new_payment):
    """Every payment is sent once under its own key and epoch, and recorded as dispatched."""
    payments = [new_payment(outbox_id=uuid4(), lease_epoch=1) for _ in range(120)]
    bench = bench_of(payments)
    bench.run()
    assert sorted(key for key, *_ in bench.rail.dispatched) == sorted(
        str(each.outbox_id) for each in payments
    )
    assert states(bench) == [State.DISPATCHED] * 120
    assert bench.hook.counted == {"claimed_count": 120, "dispatched_count": 120}


def test_outcomes_are_recorded_in_sets(bench_of, new_payment):
    """A hundred outcomes take far fewer statements than a hundred."""
    bench = bench_of([new_payment() for _ in range(100)])
    bench.run()
    assert len(bench.calls.tried) <= 10


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Accepted(reference="r-9", code="00"), State.DISPATCHED),
        (Refused(error_code="NO", message="closed account"), State.FAILED),
        (TryAgain(error_code="BUSY"), State.RETRYABLE),
    ],
)
def test_answer_of_the_rail_becomes_the_recorded_state(bench_of, new_payment, answer, state):
    """Three of the four answers are recorded at once."""
    bench = bench_of([new_payment()])
    bench.rail.answers = [answer]
    bench.run()
    assert states(bench) == [state]


def test_unknown_answer_is_asked_for_and_settled(bench_of, new_payment):
    """The rail took a call whose answer was lost: it says so by key, and nothing is sent again (CL-06)."""
    bench = bench_of([new_payment()])
    bench.rail.answers, bench.rail.found = [Unknown(error_code="NO_ANSWER")], [Accepted(reference="r-1")]
    bench.run()
    assert states(bench) == [State.DISPATCHED] and len(bench.rail.dispatched) == 1


def test_unknown_answer_that_stays_unknown_is_left_to_repair(bench_of, new_payment):
    """Nobody guesses: no completion at all, and the count says so (CL-17)."""
    bench = bench_of([new_payment(), new_payment()])
    bench.rail.answers = [Unknown(error_code="NO_ANSWER"), Unknown(error_code="NO_ANSWER")]
    bench.rail.found = [Absent(), Unknown(error_code="LOOKUP_NO_ANSWER")]
    bench.run()
    assert bench.calls.tried == []
    assert bench.hook.counted["left_to_repair_count"] == 2


def test_payment_attempted_before_is_asked_for_first(bench_of, new_payment):
    """A rail that knows the key is not called again (CL-06)."""
    known, unknown = new_payment(attempt_count=1), new_payment(attempt_count=2)
    bench = bench_of([known, unknown])
    bench.rail.found = [Accepted(reference="r-1"), Absent()]
    bench.run()
    assert bench.rail.asked == [str(known.outbox_id), str(unknown.outbox_id)]
    assert [key for key, *_ in bench.rail.dispatched] == [str(unknown.outbox_id)]
    assert states(bench) == [State.DISPATCHED] * 2


def test_payment_attempted_before_is_not_sent_while_the_rail_cannot_be_asked(bench_of, new_payment):
    """Without an answer to the question there is no call."""
    bench = bench_of([new_payment(attempt_count=1)])
    bench.rail.found = [Unknown(error_code="LOOKUP_NO_ANSWER")]
    bench.run()
    assert bench.rail.dispatched == [] and states(bench) == [State.RETRYABLE]


def test_text_of_a_rail_s_error_is_not_logged(bench_of, new_payment, lines):
    """A client that refuses a header quotes it, credential and all; the type's name and the payment are enough."""
    bench = bench_of([new_payment(), new_payment(attempt_count=1)])
    bench.rail.answers = [ValueError("Invalid header value b'Bearer hidden'")]
    bench.rail.found = [KeyError("hidden"), KeyError("hidden")]
    bench.run()
    errors = [text for text in lines() if text.startswith("ERROR")]
    assert ["sqlstate=ValueError" in text or "sqlstate=KeyError" in text for text in errors] == [True, True]
    assert "hidden" not in "".join(lines())


def test_no_call_begins_without_room_in_the_lease(bench_of, new_payment):
    """Payments that waited too long for their turn are given back, not sent (CL-01)."""
    bench = bench_of([new_payment() for _ in range(6)], concurrency=2, claim_batch_size=6)

    def slow():
        bench.clock.now += 12.0
        return Accepted()

    bench.rail.answers = [slow] * 6
    bench.run()
    settings = bench.settings
    for _, _, moment, _ in bench.rail.dispatched:
        assert (
            1000.0 + settings.lease_seconds - moment
            >= settings.rail_timeout_seconds + settings.margin_seconds
        )
    assert 0 < len(bench.rail.dispatched) < 6
    assert bench.hook.counted["released_count"] == 6 - len(bench.rail.dispatched)


def test_worker_that_was_stopped_past_its_lease_makes_no_call(bench_of, new_payment):
    """SIGSTOP between claim and dispatch: the clock is read again before the call (CL-13)."""
    bench = bench_of([new_payment()])
    bench.stand_still_after_claims(3600.0)
    bench.run()
    assert bench.rail.dispatched == []
    assert [outcome.error_code for _, outcome in bench.calls.completed] == [
        "RELEASED"
    ]  # or refused: it judges


def test_worker_that_was_stopped_during_the_question_makes_no_call(bench_of, new_payment):
    """The clock is read once more after the question by key (CL-13)."""
    bench = bench_of([new_payment(attempt_count=1)])

    def stopped():
        bench.clock.now += 30.0
        return Absent()

    bench.rail.found = [stopped]
    bench.run()
    assert bench.rail.dispatched == [] and bench.hook.counted["released_count"] == 1


def test_latency_is_of_the_lease_clock_and_never_negative(bench_of, new_payment):
    """The recorded latency is what the call took by the worker's monotonic clock (CL-15)."""
    bench = bench_of([new_payment()])

    def slow():
        bench.clock.now += 1.25
        return Accepted()

    bench.rail.answers = [slow]
    bench.run()
    assert bench.calls.completed[0][1].latency_ms == 1250


def test_rail_gets_one_key_over_twenty_attempts(bench_of, new_payment):
    """The idempotency key is the payment's own, whatever the lease (CL-04)."""
    outbox_id = uuid4()
    bench = bench_of(
        [new_payment(outbox_id=outbox_id, attempt_count=n, lease_epoch=n + 1) for n in range(20)]
    )
    bench.rail.answers = [TryAgain(error_code="BUSY")] * 19
    bench.run()
    assert {key for key, *_ in bench.rail.dispatched} == {str(outbox_id)}
    assert sorted(epoch for _, epoch, *_ in bench.rail.dispatched) == list(range(1, 21))


@pytest.mark.parametrize("sqlstate", ["08006", "57P01", "40001", "53300"])
def test_claim_that_fails_is_tried_again_and_logged_at_its_edges(bench_of, new_payment, lines, sqlstate):
    """A database that goes away and comes back is two lines, however often it was asked."""
    bench = bench_of([new_payment()])
    bench.calls.claims = [lost(sqlstate), lost(sqlstate), lost(sqlstate)]
    bench.run()
    assert [text.split()[1] for text in lines() if "DATABASE" in text] == [
        "DATABASE_UNAVAILABLE",
        "DATABASE_UNAVAILABLE_ENDED",
    ]
    assert states(bench) == [State.DISPATCHED]


def test_closed_claims_are_waited_out_quietly(bench_of, new_payment, lines):
    """P7007 is one warning when it begins and one line when it ends (DR-04)."""
    bench = bench_of([new_payment()], poll_interval_seconds=0.01)
    bench.calls.claims = [lost("P7007") for _ in range(5)]
    bench.run()
    assert [text.split()[1] for text in lines() if "CLAIMS" in text] == [
        "CLAIMS_CLOSED",
        "CLAIMS_CLOSED_ENDED",
    ]
    assert states(bench) == [State.DISPATCHED]


def test_closed_claims_are_not_open_because_an_outcome_was_recorded(bench_of, new_payment, lines):
    """Payments in flight are recorded while claims are closed; that is no end of the closing (DR-04)."""
    bench = bench_of([new_payment()])
    claim, recorded = bench.calls.claim, asyncio.Event()

    async def closed_after_the_first(batch_size, lease_seconds):
        if bench.calls.claim_count == 1:
            bench.calls.claims = [lost("P7007")]
        if bench.calls.claim_count == 2:
            await recorded.wait()
            assert not any("CLAIMS_CLOSED_ENDED" in text for text in lines())
        return await claim(batch_size, lease_seconds)

    async def accepted_while_closed():
        while not any("CLAIMS_CLOSED" in text for text in lines()):
            await asyncio.sleep(0)
        return Accepted()

    answer = bench.calls.complete_many

    async def complete_many(pairs):
        answers = await answer(pairs)
        asyncio.get_running_loop().call_soon(recorded.set)
        return answers

    bench.calls.claim, bench.calls.complete_many = closed_after_the_first, complete_many
    bench.rail.answers = [accepted_while_closed]
    bench.run()
    assert [text.split()[1] for text in lines() if "CLAIMS" in text] == ["CLAIMS_CLOSED", "CLAIMS_CLOSED_ENDED"]


def test_notifications_do_not_hurry_a_worker_whose_claims_are_closed(bench_of, new_payment, monkeypatch):
    """Whatever is enqueued meanwhile, the next claim comes after the pause and not with each notification."""
    monkeypatch.setattr(relayer, "CLOSED_PAUSE_SECONDS", 3600.0)
    bench = bench_of([new_payment()], poll_interval_seconds=3600.0)
    bench.calls.claims = [lost("P7007") for _ in range(100)]

    async def notified():
        running = asyncio.create_task(bench.relayer.run())
        for _ in range(300):
            bench.relayer.wake()
            await asyncio.sleep(0)
        bench.relayer.stop()
        await running

    asyncio.run(notified())
    assert bench.calls.claim_count == 1


def test_notification_ends_the_wait_of_closed_claims_after_the_pause(bench_of, new_payment, monkeypatch):
    """A worker that polls once an hour finds payments soon after claims were opened."""
    monkeypatch.setattr(relayer, "CLOSED_PAUSE_SECONDS", 0.0)
    bench = bench_of([new_payment()], poll_interval_seconds=3600.0)
    bench.calls.claims = [lost("P7007")]
    claim = bench.calls.claim

    async def notified(batch_size, lease_seconds):
        bench.relayer.wake()
        return await claim(batch_size, lease_seconds)

    bench.calls.claim = notified
    bench.run()
    assert states(bench) == [State.DISPATCHED]


def test_claim_refused_for_good_is_told_to_a_person_once(bench_of, new_payment, lines):
    """A missing right does not fill the log, and the worker goes on when it is mended."""
    bench = bench_of([new_payment()])
    bench.calls.claims = [lost("42501"), lost("42501")]
    bench.run()
    assert len([text for text in lines() if text.startswith("ERROR")]) == 1
    assert states(bench) == [State.DISPATCHED]


def test_in_hand_is_never_more_than_a_batch(bench_of, new_payment):
    """A worker holds leases only on what it can send in time, whatever the backlog (CL-03)."""
    bench = bench_of([new_payment() for _ in range(500)], claim_batch_size=20)
    seen = []

    def look():
        seen.append(bench.relayer.in_hand)
        return Accepted()

    bench.rail.answers = [look] * 500
    bench.run()
    assert max(seen) <= 20 and len(bench.calls.completed) == 500


def test_random_answers_always_settle_every_payment(bench_of, new_payment):
    """Whatever the rail and the database answer, each payment is settled exactly once and nothing is in hand."""
    random = Random(11)
    answers = (Accepted(), Refused(error_code="NO"), TryAgain(error_code="BUSY"), Unknown(error_code="?"))
    bench = bench_of([new_payment(attempt_count=random.randrange(2)) for _ in range(300)])
    bench.rail.answers = [random.choice(answers) for _ in range(300)]
    bench.rail.found = [
        random.choice((Accepted(), Refused(error_code="NO"), Absent(), Unknown(error_code="?")))
        for _ in range(600)
    ]
    bench.calls.completions = [lost(random.choice(["08006", "57P01", "40001"])) for _ in range(4)]
    bench.run()
    assert bench.relayer.in_hand == 0
    settled = [outbox_id for outbox_id, _ in bench.calls.completed]
    assert len(settled) == len(set(settled))
    assert len(settled) + bench.hook.counted["left_to_repair_count"] == 300

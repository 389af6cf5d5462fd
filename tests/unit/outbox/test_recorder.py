"""What the worker does with each answer to a completion."""

import pytest

from leaseproof.errors import TERMINAL_GUARD, DatabaseError
from leaseproof.outbox.payment import Answered, State
from leaseproof.outbox.rails.protocol import Accepted, Refused, TryAgain
from leaseproof.outbox.signals import SIGNALS


def refused(sqlstate, constraint=None):
    """Return a refusal of one outcome."""
    return Answered(refused_with=sqlstate, refused_constraint=constraint)


def failing(sqlstate, constraint=None):
    """Return an error of the whole call."""
    return DatabaseError("no", sqlstate=sqlstate, constraint=constraint)


def signals_of(bench):
    """Return the plan's signals that were counted."""
    return {name: count for name, count in bench.hook.counted.items() if name in SIGNALS}


@pytest.mark.parametrize(
    "sqlstate", ["40001", "40P01", "55P03", "57014", "08006", "08003", "57P01", "57P03", "25006"]
)
def test_completion_without_an_answer_is_said_again(bench_of, new_payment, sqlstate):
    """Nothing is known, so the same completion is sent again; the rail is not called again (CL-09)."""
    bench = bench_of([new_payment()])
    bench.calls.completions = [failing(sqlstate), failing(sqlstate)]
    bench.run()
    assert [outcome.state for _, outcome in bench.calls.completed] == [State.DISPATCHED]
    assert len(bench.rail.dispatched) == 1 and signals_of(bench) == {}


def test_lost_lease_is_counted_once_and_never_tried_again(bench_of, new_payment):
    """P7002: one count, the outcome kept as a late one, no second completion (CL-07, CL-14)."""
    bench = bench_of([new_payment()])
    bench.calls.completions = [[refused("P7002")]]
    bench.run()
    assert len(bench.calls.tried) == 1 and len(bench.rail.dispatched) == 1
    assert [outcome.state for _, outcome in bench.calls.reported] == [State.DISPATCHED]
    assert bench.hook.increments.count(("lease_lost_count", 1)) == 1
    assert bench.hook.counted == {"claimed_count": 1, "lease_lost_count": 1, "late_outcome_count": 1}


def test_lost_lease_of_a_refused_payment_is_kept_too(bench_of, new_payment):
    """What the rail refused for good is knowledge as well."""
    bench = bench_of([new_payment()])
    bench.rail.answers = [Refused(error_code="NO")]
    bench.calls.completions = [[refused("P7002")]]
    bench.run()
    assert [outcome.state for _, outcome in bench.calls.reported] == [State.FAILED]


def test_lost_lease_of_a_retryable_payment_is_only_counted(bench_of, new_payment):
    """A call that the rail certainly did not take leaves nothing to keep."""
    bench = bench_of([new_payment()])
    bench.rail.answers = [TryAgain(error_code="BUSY")]
    bench.calls.completions = [[refused("P7002")]]
    bench.run()
    assert bench.calls.reported == [] and signals_of(bench) == {"lease_lost_count": 1}


def test_late_outcome_that_was_kept_before_is_not_counted(bench_of, new_payment):
    """A report that the database already had is no new late outcome, but the lease was lost all the same."""
    bench = bench_of([new_payment()])
    bench.calls.completions, bench.calls.late = [[refused("P7002")]], [False]
    bench.run()
    assert bench.hook.counted == {"claimed_count": 1, "lease_lost_count": 1}


def test_completion_that_had_arrived_is_no_lost_lease(bench_of, new_payment):
    """The answer was lost, the repetition is refused, and the ledger has the outcome: that is a success."""
    bench = bench_of([new_payment()])
    bench.calls.completions, bench.calls.late = [failing("57P01"), [refused("P7002")]], [False]
    bench.run()
    assert bench.hook.counted == {"claimed_count": 1, "dispatched_count": 1}


def test_completion_that_had_not_arrived_is_a_lost_lease(bench_of, new_payment):
    """The database was away for longer than the lease: counted once, however often it was said."""
    bench = bench_of([new_payment()])
    bench.calls.completions = [failing("57P01"), failing("57P03"), [refused("P7002")]]
    bench.run()
    assert bench.hook.counted == {"claimed_count": 1, "lease_lost_count": 1, "late_outcome_count": 1}


def test_late_report_is_said_again_while_the_database_is_away(bench_of, new_payment):
    """An outcome that the worker knows is not dropped for a broken connection, and not counted twice."""
    bench = bench_of([new_payment()])
    bench.calls.completions = [[refused("P7002")], [refused("P7002")]]
    bench.calls.late = [failing("08006"), True]
    bench.run()
    assert signals_of(bench) == {"lease_lost_count": 1} and len(bench.calls.reported) == 1


def test_report_whose_answer_was_lost_is_a_late_outcome_and_no_success(bench_of, new_payment):
    """Its repetition cannot tell the completion from the report, so the warning that may be needed is given."""
    bench = bench_of([new_payment()])
    bench.calls.completions = [failing("08006"), [refused("P7002")], [refused("P7002")]]
    bench.calls.late = [failing("08006"), False]
    bench.run()
    assert bench.hook.counted == {"claimed_count": 1, "lease_lost_count": 1, "late_outcome_count": 1}


@pytest.mark.parametrize(("sqlstate", "constraint"), [("23505", TERMINAL_GUARD), ("P7011", None)])
def test_terminal_guard_is_counted_once_and_the_work_dropped(
    bench_of, new_payment, lines, sqlstate, constraint
):
    """A second terminal attempt is a signal, and nothing is tried again."""
    bench = bench_of([new_payment()])
    bench.calls.completions = [[refused(sqlstate, constraint)]]
    bench.run()
    assert bench.hook.counted == {"claimed_count": 1, "terminal_guard_hit_count": 1}
    assert len(bench.calls.tried) == 1 and bench.calls.reported == []
    assert [text.split()[:2] for text in lines() if "TERMINAL_GUARD_HIT" in text] == [
        ["WARNING", "TERMINAL_GUARD_HIT"]
    ]


@pytest.mark.parametrize(
    ("sqlstate", "constraint"),
    [
        ("23505", "payment_outbox_attempts_pkey"),
        ("23514", "x"),
        ("22001", None),
        ("P7010", None),
        ("P7003", None),
    ],
)
def test_unknown_refusal_is_told_to_a_person_and_left_to_repair(
    bench_of, new_payment, lines, sqlstate, constraint
):
    """What no table knows is logged with its payment, once, and not tried again (CL-09)."""
    payment = new_payment()
    bench = bench_of([payment])
    bench.calls.completions = [[refused(sqlstate, constraint)]]
    bench.run()
    assert bench.hook.counted == {"claimed_count": 1, "unexpected_count": 1}
    errors = [text for text in lines() if text.startswith("ERROR")]
    assert len(errors) == 1 and f"sqlstate={sqlstate}" in errors[0] and str(payment.outbox_id) in errors[0]
    assert len(bench.calls.tried) == 1


def test_set_that_is_refused_as_a_whole_is_recorded_one_by_one(bench_of, new_payment):
    """One outcome that spoils its set holds back nobody."""
    bench = bench_of([new_payment() for _ in range(4)])
    bench.calls.completions = [failing("22023"), failing("22023")]
    bench.run()
    assert len(bench.calls.completed) == 3
    assert bench.hook.counted["unexpected_count"] == 1 and bench.relayer.in_hand == 0


def test_row_that_waits_too_long_holds_nobody_back_again(bench_of, new_payment):
    """After a timeout of the set, each outcome goes alone, so one locked row cannot stop the others."""
    bench = bench_of([new_payment() for _ in range(4)])
    bench.calls.completions = [failing("57014")]
    bench.run()
    assert [len(ids) for ids in bench.calls.tried] == [4, 1, 1, 1, 1]
    assert len(bench.calls.completed) == 4


def test_outcome_that_cannot_be_sent_is_told_and_holds_nobody_back(bench_of, new_payment, lines):
    """An error of the client itself ends neither the recorder nor the outcomes beside it."""
    payments = [new_payment() for _ in range(4)]
    bench = bench_of(payments)
    answer = bench.calls.complete_many

    async def complete_many(pairs):
        if any(payment == payments[0] for payment, _ in pairs):
            raise TypeError("cannot be sent")
        return await answer(pairs)

    bench.calls.complete_many = complete_many
    bench.run()
    assert bench.hook.counted == {"claimed_count": 4, "dispatched_count": 3, "unexpected_count": 1}
    assert [text for text in lines() if text.startswith("ERROR") and str(payments[0].outbox_id) in text]


def test_late_report_that_cannot_be_sent_is_told_and_ends(bench_of, new_payment):
    """The lease was lost all the same, and nothing stays in hand."""
    bench = bench_of([new_payment()])
    bench.calls.completions, bench.calls.late = [[refused("P7002")]], [TypeError("cannot be sent")]
    bench.run()
    assert bench.hook.counted == {"claimed_count": 1, "unexpected_count": 1, "lease_lost_count": 1}


def test_mixed_answers_are_each_counted_once(bench_of, new_payment):
    """One set, four different answers."""
    bench = bench_of([new_payment() for _ in range(4)])
    bench.calls.completions = [
        [Answered(state="DISPATCHED"), refused("P7002"), refused("23505", TERMINAL_GUARD), refused("40P01")]
    ]
    bench.run()
    assert bench.hook.counted == {
        "claimed_count": 4,
        "dispatched_count": 2,
        "lease_lost_count": 1,
        "late_outcome_count": 1,
        "terminal_guard_hit_count": 1,
    }


def test_lease_that_ran_out_by_the_own_clock_is_not_completed(bench_of, new_payment, lines):
    """The worker woke long after its lease: the outcome goes to the late ones at once (CL-14)."""
    bench = bench_of([new_payment()])

    def stopped():
        bench.clock.now += 3600.0
        return Accepted(reference="r")

    bench.rail.answers = [stopped]
    bench.run()
    assert bench.calls.tried == [] and len(bench.calls.reported) == 1
    assert bench.hook.counted == {"claimed_count": 1, "lease_lost_count": 1, "late_outcome_count": 1}
    assert any("noticed_by=clock" in text for text in lines())


def test_lease_that_lives_by_the_databases_clock_is_completed_after_all(bench_of, new_payment):
    """The two clocks disagree: the database is the judge."""
    bench = bench_of([new_payment()])

    def stopped():
        bench.clock.now += 3600.0
        return Accepted(reference="r")

    bench.rail.answers, bench.calls.late = [stopped], [failing("P7002")]
    bench.run()
    assert bench.hook.counted == {"claimed_count": 1, "dispatched_count": 1}


def test_retryable_at_the_ceiling_counts_as_what_was_recorded(bench_of, new_payment, lines):
    """The database answers FAILED for a RETRYABLE at the ceiling; the counts follow the ledger."""
    bench = bench_of([new_payment(attempt_count=19)])
    bench.rail.answers = [TryAgain(error_code="BUSY")]
    bench.calls.completions = [[Answered(state="FAILED")]]
    bench.run()
    assert bench.hook.counted["failed_count"] == 1 and bench.hook.counted["retryable_count"] == 0
    assert len([text for text in lines() if text.startswith("WARNING RETRY_CEILING_REACHED")]) == 1


def test_release_that_reached_the_ceiling_counts_as_failed(bench_of, new_payment, lines):
    """A payment that was given back left the queue with its last attempt: a person must learn which one it was."""
    payment = new_payment(attempt_count=19)
    bench = bench_of([payment])
    bench.calls.completions = [[Answered(state="FAILED")]]
    bench.stand_still_after_claims(50.0)
    bench.run()
    assert bench.rail.dispatched == []
    assert bench.hook.counted == {"claimed_count": 1, "failed_count": 1}
    warnings = [text for text in lines() if "RETRY_CEILING_REACHED" in text]
    assert len(warnings) == 1 and warnings[0].startswith("WARNING ") and str(payment.outbox_id) in warnings[0]

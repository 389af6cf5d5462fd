"""States of the database are logged at their edges."""

from leaseproof.errors import DatabaseError
from leaseproof.outbox.conditions import LINES_PER_CYCLE, Conditions

AWAY = DatabaseError("the connection was lost", sqlstate="08006")
CLOSED = DatabaseError("CLAIMS_CLOSED: restored", sqlstate="P7007")


def test_state_is_logged_when_it_begins_and_when_it_ends(lines):
    """However often it is met in between."""
    conditions = Conditions(worker_id="w")
    for error in (AWAY, AWAY, AWAY, CLOSED, CLOSED):
        conditions.met(error)
    conditions.well()
    conditions.well()
    assert [text.split(" sqlstate")[0] for text in lines()] == [
        "WARNING DATABASE_UNAVAILABLE worker_id=w",
        "WARNING CLAIMS_CLOSED worker_id=w",
        "INFO CLAIMS_CLOSED_ENDED worker_id=w",
    ]


def test_state_that_comes_and_goes_does_not_fill_the_log(lines):
    """A connection that flaps is a bounded number of lines a cycle, and told again in the next."""
    conditions = Conditions(worker_id="w")
    for _ in range(1000):
        conditions.met(AWAY)
        conditions.well()
    assert len(lines()) == LINES_PER_CYCLE
    conditions.new_cycle()
    conditions.met(AWAY)
    assert len(lines()) == LINES_PER_CYCLE + 1


def test_lasting_outage_is_told_in_the_next_cycle_at_the_latest(lines):
    """A state that begins after the last line of a cycle and stays is news all the same."""
    conditions = Conditions(worker_id="w")
    for _ in range(LINES_PER_CYCLE // 2):
        conditions.met(AWAY)
        conditions.well()
    conditions.met(AWAY)
    assert len(lines()) == LINES_PER_CYCLE
    conditions.new_cycle()
    conditions.new_cycle()
    assert len(lines()) == LINES_PER_CYCLE + 1
    assert lines()[-1].startswith("WARNING DATABASE_UNAVAILABLE worker_id=w sqlstate=08006")


def test_end_of_a_state_is_told_in_the_next_cycle_at_the_latest(lines):
    """Nobody is left with an outage that is over."""
    conditions = Conditions(worker_id="w")
    conditions.met(CLOSED)
    for _ in range(LINES_PER_CYCLE):
        conditions.met(AWAY)
        conditions.met(CLOSED)
    conditions.well()
    conditions.new_cycle()
    assert lines()[-1].endswith("_ENDED worker_id=w") and len(lines()) == LINES_PER_CYCLE + 1


def test_completion_does_not_open_claims(lines):
    """Outcomes are recorded while claims are closed; only a claim or a repair pass shows that they are open again."""
    conditions = Conditions(worker_id="w")
    conditions.met(CLOSED)
    conditions.answered()
    assert len(lines()) == 1
    conditions.well()
    assert lines()[1:] == ["INFO CLAIMS_CLOSED_ENDED worker_id=w"]


def test_completion_ends_an_outage(lines):
    """Any answer shows that the database is there."""
    conditions = Conditions(worker_id="w")
    conditions.met(AWAY)
    conditions.answered()
    assert lines()[1:] == ["INFO DATABASE_UNAVAILABLE_ENDED worker_id=w"]

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

"""States that last, logged when they begin and when they end, never once a failed call."""

import logging

from leaseproof.errors import DatabaseError
from leaseproof.outbox.signals import line
from leaseproof.outbox.verdict import Verdict, verdict_on

CLOSED = "CLAIMS_CLOSED"
UNAVAILABLE = "DATABASE_UNAVAILABLE"
LINES_PER_CYCLE = 6  # a state that comes and goes faster than this is not news
logger = logging.getLogger("leaseproof.outbox")


class Conditions:
    """What is wrong with the database now, as this worker sees it."""

    def __init__(self, *, worker_id: str) -> None:
        self._worker_id = worker_id
        self._now: str | None = None
        self._logged: str | None = None
        self._error: DatabaseError | None = None
        self._lines = 0

    def met(self, error: DatabaseError) -> None:
        """Take an error that is a state of the database: closed claims, or no answer."""
        closed = verdict_on(error) is Verdict.CLAIMS_CLOSED
        self._become(CLOSED if closed else UNAVAILABLE, error)

    def well(self) -> None:
        """Take the answer to a claim or a repair pass."""
        self._become(None, None)

    def answered(self) -> None:
        """Take any other answer: the database is there, but claims may be closed."""
        if self._now == UNAVAILABLE:
            self._become(None, None)

    def new_cycle(self) -> None:
        """Allow lines again, and log the state that the last cycle had no line left for."""
        self._lines = 0
        self._log()

    def _become(self, condition: str | None, error: DatabaseError | None) -> None:
        if condition == self._now:
            return
        self._now, self._error = condition, error
        if self._lines < LINES_PER_CYCLE:
            self._log()

    def _log(self) -> None:
        if self._now == self._logged:
            return
        ended, self._logged = self._logged, self._now
        self._lines += 1
        values: dict[str, object] = {"worker_id": self._worker_id}
        if self._now is None or self._error is None:
            logger.info(line(f"{ended}_ENDED", values))
        else:
            values |= {"sqlstate": self._error.sqlstate, "message": str(self._error)[:300]}
            logger.warning(line(self._now, values))

"""States that last, logged when they begin and when they end, never once a failed call."""

import logging

from leaseproof.errors import DatabaseError
from leaseproof.outbox.signals import line
from leaseproof.outbox.verdict import Verdict, verdict_on

LINES_PER_CYCLE = 6  # a state that comes and goes faster than this is not news
logger = logging.getLogger("leaseproof.outbox")


class Conditions:
    """What is wrong with the database now, as this worker sees it."""

    def __init__(self, *, worker_id: str) -> None:
        self._worker_id = worker_id
        self._now: str | None = None
        self._lines = 0

    def met(self, error: DatabaseError) -> None:
        """Take an error that is a state of the database: closed claims, or no answer."""
        closed = verdict_on(error) is Verdict.CLAIMS_CLOSED
        self._become("CLAIMS_CLOSED" if closed else "DATABASE_UNAVAILABLE", error)

    def well(self) -> None:
        """Take an answer."""
        self._become(None, None)

    def new_cycle(self) -> None:
        """Allow lines again."""
        self._lines = 0

    def _become(self, condition: str | None, error: DatabaseError | None) -> None:
        if condition == self._now:
            return
        ended, self._now = self._now, condition
        self._lines += 1
        if self._lines > LINES_PER_CYCLE:
            return
        if condition is None:
            logger.info(line(f"{ended}_ENDED", {"worker_id": self._worker_id}))
        elif error is not None:
            values = {"worker_id": self._worker_id, "sqlstate": error.sqlstate, "message": str(error)[:300]}
            logger.warning(line(condition, values))

"""The operational signals: exact counts, few lines, never ERROR.

Each event is counted once, at the place where the database or the rail told the worker. A cycle ends with at most one
line of counts, and none when there is nothing to say. The first few lease losses, terminal guard hits and payments at
the retry ceiling of a cycle have a line each, with their ids; the rest of the cycle is one line with a number.
"""

import logging
from collections import Counter, deque
from collections.abc import Mapping
from typing import Protocol

from leaseproof.outbox.payment import Payment

LEASE_LOST_EVENT = "LEASE_LOST_CONCURRENCY_EVENT"
TERMINAL_GUARD_EVENT = "TERMINAL_GUARD_HIT"
CEILING_EVENT = "RETRY_CEILING_REACHED"
DETAIL_LINES_PER_CYCLE = 5  # of each event; more only add to "and_more"
IDS_IN_SUMMARY = 10

SIGNALS = ("expired_lease_count", "repair_requeued_count", "lease_lost_count", "terminal_guard_hit_count")
OTHER_COUNTS = (
    "late_outcome_count",  # outcomes kept by report_late_outcome
    "repair_failed_count",  # payments that lease repair ended at the retry ceiling: a person must ask the rail
    "claimed_count",
    "dispatched_count",
    "retryable_count",
    "failed_count",
    "released_count",  # given back without a call to the rail
    "left_to_repair_count",  # outcome unknown: the lease runs out and is repaired
    "unexpected_count",  # answers that no table knows
)
_WORRYING = frozenset(SIGNALS) | {"late_outcome_count", "repair_failed_count", "unexpected_count"}

logger = logging.getLogger("leaseproof.outbox")


class Hook(Protocol):
    """Takes the same numbers to a metrics system, as they happen."""

    def count(self, name: str, amount: int) -> None:
        """Add to a counter: any name of SIGNALS or OTHER_COUNTS but ``expired_lease_count``."""
        ...

    def gauge(self, name: str, value: int) -> None:
        """Set ``expired_lease_count``: leases seen expired at one reading of the status view."""
        ...


def line(event: str, values: Mapping[str, object]) -> str:
    """Return one structured line: the event, then ``key=value`` pairs, no value with a space or line break."""
    return " ".join([event, *(f"{key}={_plain(value)}" for key, value in values.items())])


def _plain(value: object) -> str:
    text = str(value)
    return (
        text
        if text.isprintable() and text and not set(text) & set(' "=')
        else ascii(text).replace(" ", "\\x20")
    )


class Signals:
    """Counts of one process.

    Args:
        worker_id: named in every line.
        hooks: each gets every number once; one that raises is dropped with one line.
    """

    def __init__(self, *, worker_id: str, hooks: tuple[Hook, ...] = ()) -> None:
        self._worker_id = worker_id
        self._hooks = list(hooks)
        self.totals: Counter[str] = Counter()  # since the process began
        self._cycle: Counter[str] = Counter()
        self._expired = 0
        self._details: Counter[str] = Counter()
        self._suppressed_ids: dict[str, deque[str]] = {}
        self._unexpected: set[tuple[str, str]] = set()

    def expired_leases_seen(self, leases: int) -> None:
        """Take the number of leases that the status view shows as expired now; a cycle's line has its peak."""
        self._expired = max(self._expired, leases)
        self._tell("gauge", "expired_lease_count", leases)

    def repaired(self, *, requeued: int, failed: int) -> None:
        """Count what one answered repair pass did: rows returned to the queue, rows ended at the ceiling."""
        self._count("repair_requeued_count", requeued)
        self._count("repair_failed_count", failed)

    def lease_lost(self, payment: Payment, *, outcome: str, noticed_by: str) -> None:
        """Count one lease that was gone when its outcome was to be recorded.

        Args:
            outcome: the state that was to be recorded.
            noticed_by: ``P7002``, or ``clock`` when the worker's own clock was enough to know.
        """
        self._count("lease_lost_count", 1)
        self._detail(LEASE_LOST_EVENT, payment, outcome=outcome, noticed_by=noticed_by)

    def terminal_guard_hit(self, payment: Payment, *, outcome: str, sqlstate: str) -> None:
        """Count one completion that the terminal guard refused (23505 on its index, or P7011 before it)."""
        self._count("terminal_guard_hit_count", 1)
        self._detail(TERMINAL_GUARD_EVENT, payment, outcome=outcome, sqlstate=sqlstate)

    def late_outcome_kept(self) -> None:
        """Count one outcome that the database kept although its lease was over."""
        self._count("late_outcome_count", 1)

    def claimed(self, payments: int) -> None:
        """Count the payments of one answered claim."""
        self._count("claimed_count", payments)

    def completed(self, state: str) -> None:
        """Count one recorded outcome, by the state that the database answered."""
        self._count(f"{state.lower()}_count", 1)

    def failed_at_ceiling(self, payment: Payment, *, error_code: str | None) -> None:
        """Count one payment that the database ended because its last attempt was no success either."""
        self._count("failed_count", 1)
        self._detail(CEILING_EVENT, payment, error_code=error_code)

    def released(self) -> None:
        """Count one payment given back without a call to the rail."""
        self._count("released_count", 1)

    def left_to_repair(self) -> None:
        """Count one payment whose outcome nobody knows: its lease runs out, and the next attempt asks the rail."""
        self._count("left_to_repair_count", 1)

    def unexpected(self, where: str, sqlstate: str, message: str, *, outbox_id: object = None) -> None:
        """Count an answer that no table knows, and log it once a cycle for each place and SQLSTATE."""
        self._count("unexpected_count", 1)
        if (where, sqlstate) not in self._unexpected and len(self._unexpected) < 20:
            self._unexpected.add((where, sqlstate))
            values = {
                "worker_id": self._worker_id,
                "where": where,
                "sqlstate": sqlstate,
                "outbox_id": outbox_id,
            }
            logger.error(line("UNEXPECTED_ANSWER", values | {"message": message[:300]}))

    def flush(self) -> None:
        """End the cycle: log what it had, if it had anything, and begin the next."""
        for event, ids in sorted(self._suppressed_ids.items()):
            more = self._details[event] - DETAIL_LINES_PER_CYCLE
            shown = {"worker_id": self._worker_id, "and_more": more, "outbox_ids": ",".join(ids)}
            logger.warning(line(event, shown))
        if self._expired or any(self._cycle.values()):
            counts = {name: self._cycle[name] for name in (*SIGNALS, *OTHER_COUNTS)}
            counts["expired_lease_count"] = self._expired
            worrying = any(counts[name] for name in _WORRYING)
            shown = {name: value for name, value in counts.items() if value or name in SIGNALS}
            logger.log(
                logging.WARNING if worrying else logging.INFO,
                line("outbox_signals", {"worker_id": self._worker_id} | shown),
            )
        self._cycle.clear()
        self._expired = 0
        self._details.clear()
        self._suppressed_ids.clear()
        self._unexpected.clear()

    def _count(self, name: str, amount: int) -> None:
        if amount:
            self.totals[name] += amount
            self._cycle[name] += amount
            self._tell("count", name, amount)

    def _detail(self, event: str, payment: Payment, **values: object) -> None:
        self._details[event] += 1
        if self._details[event] <= DETAIL_LINES_PER_CYCLE:
            named = {
                "worker_id": self._worker_id,
                "outbox_id": payment.outbox_id,
                "lease_epoch": payment.lease_epoch,
                "attempt_count": payment.attempt_count,
            }
            logger.warning(line(event, named | values))
            return
        ids = self._suppressed_ids.setdefault(event, deque(maxlen=IDS_IN_SUMMARY))
        if len(ids) < IDS_IN_SUMMARY:
            ids.append(str(payment.outbox_id))

    def _tell(self, method: str, name: str, value: int) -> None:
        for hook in tuple(self._hooks):
            try:
                getattr(hook, method)(name, value)
            except Exception as error:  # a metrics system must not stop payments
                self._hooks.remove(hook)
                values = {
                    "worker_id": self._worker_id,
                    "hook": type(hook).__name__,
                    "error": type(error).__name__,
                }
                logger.warning(line("SIGNAL_HOOK_DROPPED", values))

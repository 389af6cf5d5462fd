"""What the worker decides, as plain functions of plain values: no clock, no database, no rail.

The rules, with the cases that they hold:

- a call begins only when the payment's whole time at the rail and the margin fit into its lease (CL-01);
- a payment that was attempted before is asked for by key first: nobody knows how the last worker ended (CL-06);
- only a rail that certainly did not take the call makes an attempt RETRYABLE; an unknown one stays unknown until the
  rail says, and until then lease repair has it (CL-17).
"""

from dataclasses import dataclass
from random import Random

from leaseproof.outbox.backoff import retry_delay_seconds
from leaseproof.outbox.payment import Outcome, Payment, State
from leaseproof.outbox.rails.protocol import Absent, Accepted, Answer, Found, Refused, TryAgain, Unknown
from leaseproof.outbox.settings import WorkerSettings

RELEASED = Outcome(
    state=State.RETRYABLE,
    error_code="RELEASED",
    error_message="given back by the worker without a call to the rail",
    retry_delay_seconds=0,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class InHand:
    """A payment under a lease, with what the worker's own clock knows of that lease."""

    payment: Payment
    claim_sent: (
        float  # lease clock, before the claim was sent: the lease cannot end before lease_seconds from here
    )
    claim_answered: float  # … and cannot last longer than lease_seconds from here

    def surely_live_until(self, lease_seconds: float) -> float:
        """Return the moment up to which the lease is live, whatever the network did."""
        return self.claim_sent + lease_seconds

    def surely_over(self, now: float, settings: WorkerSettings) -> bool:
        """Return whether the lease has run out by the worker's own clock, with the margin for drift."""
        return now > self.claim_answered + settings.lease_seconds + settings.margin_seconds


def may_start(hand: InHand, now: float, settings: WorkerSettings) -> bool:
    """Return whether a payment's time at the rail, begun now, ends before its lease, with the margin."""
    needed = settings.rail_timeout_seconds + settings.margin_seconds
    return now + needed <= hand.surely_live_until(settings.lease_seconds)


def dispatch_deadline(started: float, settings: WorkerSettings) -> float:
    """Return when the call must have ended, so that a question by key still fits after it."""
    return started + settings.rail_timeout_seconds - settings.lookup_timeout_seconds


def must_ask_first(payment: Payment) -> bool:
    """Return whether the rail may know the payment already."""
    return payment.attempt_count > 0 or payment.lease_epoch > 1


def before_dispatch(
    found: Found, payment: Payment, settings: WorkerSettings, *, latency_ms: int, random: Random
) -> Outcome | None:
    """Return the outcome that the first question by key settled; None: send the payment."""
    match found:
        case Accepted() | Refused():
            return _final(found, latency_ms)
        case Absent():
            return None
        case Unknown():  # this worker has sent nothing, so the attempt is retryable; the next one asks again
            return _retryable(
                TryAgain(error_code=found.error_code, message=found.message, code=found.code),
                payment,
                settings,
                latency_ms=latency_ms,
                random=random,
            )


def after_dispatch(
    answer: Answer, payment: Payment, settings: WorkerSettings, *, latency_ms: int, random: Random
) -> Outcome | None:
    """Return the outcome that the rail's answer settled; None: ask by key."""
    match answer:
        case Accepted() | Refused():
            return _final(answer, latency_ms)
        case TryAgain():
            return _retryable(answer, payment, settings, latency_ms=latency_ms, random=random)
        case Unknown():
            return None


def after_unknown(
    found: Found, payment: Payment, settings: WorkerSettings, *, latency_ms: int, random: Random
) -> Outcome | None:
    """Return the outcome that the question after an unknown call settled; None: leave it to lease repair."""
    match found:
        case Accepted() | Refused():
            return _final(found, latency_ms)
        case Absent(final=True):
            absent = TryAgain(error_code="ABSENT_AT_RAIL", message="the rail will not take the earlier call")
            return _retryable(absent, payment, settings, latency_ms=latency_ms, random=random)
        case _:
            return None


def _final(answer: Accepted | Refused, latency_ms: int) -> Outcome:
    if isinstance(answer, Accepted):
        return Outcome(
            state=State.DISPATCHED,
            rail_reference=answer.reference,
            rail_code=answer.code,
            latency_ms=latency_ms,
        )
    return Outcome(
        state=State.FAILED,
        rail_code=answer.code,
        error_code=answer.error_code,
        error_message=answer.message,
        latency_ms=latency_ms,
    )


def _retryable(
    answer: TryAgain, payment: Payment, settings: WorkerSettings, *, latency_ms: int, random: Random
) -> Outcome:
    return Outcome(
        state=State.RETRYABLE,
        rail_code=answer.code,
        error_code=answer.error_code,
        error_message=answer.message,
        latency_ms=latency_ms,
        retry_delay_seconds=retry_delay_seconds(
            settings, attempt_count=payment.attempt_count, after_seconds=answer.after_seconds, random=random
        ),
    )

"""What a rail is to the worker.

A call to a rail ends in one of four ways, and they are not interchangeable (CL-06, CL-17):

- ``Accepted``: the rail has taken the payment; it must never be recorded as anything but DISPATCHED;
- ``Refused``: the rail will never take this payment;
- ``TryAgain``: the rail certainly did not take this call, and a later one may succeed;
- ``Unknown``: anything else. A timeout is Unknown, so is a broken connection after the first byte was sent.

A question by key ends in ``Accepted``, ``Refused``, ``Absent`` or ``Unknown``.
"""

from dataclasses import dataclass
from typing import Protocol

from leaseproof.outbox.payment import Payment


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """The rail has taken the payment."""

    reference: str | None = None  # the rail's own name for it
    code: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """The rail will never take this payment."""

    error_code: str
    message: str = ""
    code: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TryAgain:
    """The rail certainly did not take this call."""

    error_code: str
    message: str = ""
    code: str | None = None
    after_seconds: float | None = None  # the rail's own wish


@dataclass(frozen=True, kw_only=True, slots=True)
class Unknown:
    """The rail may or may not have taken the payment."""

    error_code: str
    message: str = ""
    code: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Absent:
    """The rail has no payment under the key.

    ``final``: and it promises that a call already on its way will not be taken either.
    """

    final: bool = False


Answer = Accepted | Refused | TryAgain | Unknown
Found = Accepted | Refused | Absent | Unknown


class Rail(Protocol):
    """One payment rail. Both calls return by their deadline, a reading of the lease clock in seconds."""

    async def dispatch(
        self, payment: Payment, *, idempotency_key: str, fencing_epoch: int, deadline: float
    ) -> Answer:
        """Send one payment. The key is the same in every attempt; the epoch grows with every lease."""
        ...

    async def lookup(self, idempotency_key: str, *, deadline: float) -> Found:
        """Ask what became of a key."""
        ...

    async def aclose(self) -> None:
        """Give back what the rail holds."""
        ...

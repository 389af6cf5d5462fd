"""What an error of the database means for a worker: one table, no branch of which calls the rail again (CL-09)."""

from enum import Enum

from leaseproof.errors import TERMINAL_GUARD, DatabaseError


class Verdict(Enum):
    """What to do after an error."""

    SAY_AGAIN = "nothing is known: send the same call again, while it can still matter"
    LEASE_LOST = "the lease is gone: count it, keep the outcome as a late one, never complete again"
    GUARD_HIT = "the payment has its terminal attempt already: count it, drop the work"
    CLAIMS_CLOSED = "the owner has closed claims: wait quietly"
    TELL_A_PERSON = "no table knows it: log it with its context, leave the payment to lease repair"


_BY_SQLSTATE = {
    "P7002": Verdict.LEASE_LOST,
    "P7007": Verdict.CLAIMS_CLOSED,
    "P7011": Verdict.GUARD_HIT,
    "25006": Verdict.SAY_AGAIN,  # read-only: this server became a standby
    "25P03": Verdict.SAY_AGAIN,  # idle in transaction too long
    "25P04": Verdict.SAY_AGAIN,  # transaction too long
    "40001": Verdict.SAY_AGAIN,  # serialization failure
    "40003": Verdict.SAY_AGAIN,  # statement completion unknown
    "40P01": Verdict.SAY_AGAIN,  # deadlock
    "55P03": Verdict.SAY_AGAIN,  # lock timeout
}
_BY_CLASS = {
    "08": Verdict.SAY_AGAIN,  # the connection
    "53": Verdict.SAY_AGAIN,  # too many connections, out of memory, disk full
    "57": Verdict.SAY_AGAIN,  # cancelled, terminated, shutting down, starting up
    "58": Verdict.SAY_AGAIN,  # the server's own input and output
}


def verdict(sqlstate: str, constraint: str | None = None) -> Verdict:
    """Return what an SQLSTATE, with the constraint that refused, means."""
    if sqlstate == "23505" and constraint == TERMINAL_GUARD:
        return Verdict.GUARD_HIT
    return _BY_SQLSTATE.get(sqlstate) or _BY_CLASS.get(sqlstate[:2], Verdict.TELL_A_PERSON)


def verdict_on(error: DatabaseError) -> Verdict:
    """Return what an error means."""
    return verdict(error.sqlstate, error.constraint)

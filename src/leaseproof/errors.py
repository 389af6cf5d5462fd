"""One base error for the whole package, and the one table of the model's SQLSTATEs."""

from typing import NamedTuple


class LeaseproofError(Exception):
    """A mistake or a refusal that a person can act on.

    Args:
        message: one sentence or two: what was got, what was expected, what to do next. Never a password.
    """


class DatabaseError(LeaseproofError):
    """An error that a PostgreSQL server answered, or the loss of its connection.

    Args:
        message: the server's primary message, without connection details.
        sqlstate: five characters; ``08006`` when the connection was lost without an answer.
        constraint: the constraint or unique index that refused, when the server names one.
    """

    def __init__(self, message: str, *, sqlstate: str, constraint: str | None = None) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate
        self.constraint = constraint


class Sqlstate(NamedTuple):
    """One SQLSTATE that the model answers with."""

    code: str
    name: str
    raised_when: str


TERMINAL_GUARD = "payment_outbox_attempts_one_terminal_per_outbox"

MODEL_SQLSTATES: tuple[Sqlstate, ...] = (
    Sqlstate("P7001", "MODEL_PREREQUISITE_MISSING", "the server or the schema lacks something that the model needs"),
    Sqlstate(
        "P7002",
        "LEASE_LOST",
        "the caller does not hold a live lease on that row: missing, expired, another token, another worker",
    ),
    Sqlstate("P7003", "INVALID_COMPLETION_STATE", "a worker asks for a state that only the model may write"),
    Sqlstate(
        "P7004",
        "IDEMPOTENCY_CONFLICT",
        "the same instruction and key come back with a different payload, participant or rail, "
        "also after the payment is finished",
    ),
    Sqlstate("P7005", "CLAIM_NOT_COMMITTED", "a completion in the same transaction as its claim"),
    Sqlstate(
        "P7007",
        "CLAIMS_CLOSED",
        "claims were closed by the owner, or by a restore or a promotion, until the rail is reconciled",
    ),
    Sqlstate("P7010", "LEDGER_ROW_WITHOUT_LEASE", "a ledger row that does not belong to the current lease"),
    Sqlstate("P7011", "LEDGER_ROW_AFTER_TERMINAL", "a ledger row after the payment's terminal row"),
    Sqlstate("P7012", "LEDGER_GAP", "a ledger row whose attempt number does not follow the last one"),
    Sqlstate("P7013", "PAYMENT_VANISHES", "a pending row deleted without a terminal row in the ledger"),
    Sqlstate("P7014", "IDENTITY_CHANGED", "the identity or payload of a pending row changed after enqueue"),
    Sqlstate("P7015", "LEASE_WITHOUT_LEDGER_ROW", "a lease cleared or replaced without its ledger row"),
    Sqlstate("P7016", "LEASE_EPOCH_BROKEN", "a lease epoch that does not advance by one with each new lease"),
    Sqlstate("22023", "INVALID_ARGUMENT", "batch size, lease seconds, worker id, … out of range or NULL"),
    Sqlstate(
        "40001",
        "SERIALIZATION_FAILURE",
        "a caller under REPEATABLE READ or SERIALIZABLE met a conflict: retry the transaction",
    ),
    Sqlstate("P0001", "APPEND_ONLY", "UPDATE, DELETE or TRUNCATE on the attempts ledger"),
    Sqlstate("23505", "UNIQUE_VIOLATION", f"a second terminal attempt for one payment ({TERMINAL_GUARD})"),
    Sqlstate("42501", "INSUFFICIENT_PRIVILEGE", "a role reaches for what it was not granted"),
)

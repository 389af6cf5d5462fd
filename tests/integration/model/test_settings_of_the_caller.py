"""Whatever a caller's session is set to, the functions give the right answer or a plain refusal, never a wrong write."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from leaseproof.database.connection import Connection
from leaseproof.database.invariants import check, load_invariants
from leaseproof.errors import DatabaseError
from leaseproof.proof.fixtures import ConnectAs

INVARIANTS = load_invariants(Path(__file__).parents[3] / "sql" / "invariants")

SETTINGS = """
SELECT name, vartype, setting, min_val, max_val, enumvals
FROM pg_settings
WHERE context = 'user' AND vartype = %s
ORDER BY name
"""
ENQUEUE = """
SELECT sequence_id, state
FROM public.enqueue_payment_outbox(%s, %s, %s, 'SEPA', jsonb_build_object('amount', %s::text))
"""
CLAIM = """
SELECT outbox_id, lease_token::text, lease_expires_at - leased_at = interval '60 seconds'
FROM public.claim_outbox_batch(5, 'worker', 60)
"""
COMPLETE = """
SELECT attempt_no, state::text
FROM public.complete_outbox_attempt(%s, %s, 'worker', %s, p_retry_delay_seconds => 0)
"""
COMPLETE_SET = """
SELECT attempt_no, state::text, refused_with
FROM public.complete_outbox_attempts(
    'worker', %s::uuid[], %s::uuid[], %s::public.payment_outbox_attempt_state[]
)
"""
REPAIR = "SELECT attempt_no, state::text FROM public.repair_expired_leases(5, 'repairer')"
REPORT_LATE = "SELECT public.report_late_outcome(%s, %s, 'worker', 'DISPATCHED')"
EXPIRE = """
UPDATE payment_outbox_pending
SET lease_expires_at = clock_timestamp() - interval '1 second'
WHERE lease_token IS NOT NULL
"""

# Settings that are not tried, with the reason.
NOT_TRIED = {
    "exit_on_error": "ends the session at the first error, and the life below has errors on purpose",
    "idle_session_timeout": "ends a session between calls, never a call",
    "transaction_deferrable": "belongs to one transaction; default_transaction_deferrable stands for it",
    "transaction_isolation": "belongs to one transaction; default_transaction_isolation stands for it",
    "transaction_read_only": "belongs to one transaction; default_transaction_read_only stands for it",
    "local_preload_libraries": "is read when a session starts; only what an administrator put in plugins/ can be named",
    "createrole_self_grant": "only speaks about CREATE ROLE",
}
# Settings under which a call may be refused, and how. A refusal is judged like an answer: nothing may have been written.
REFUSED_WITH = {
    "default_transaction_read_only": {"25006"},
    "statement_timeout": {"57014"},
    "lock_timeout": {"55P03"},
    "transaction_timeout": {"25P04", "57014", "08006"},
}
# Values that no list of the server holds; for numbers instead of the least and the greatest value.
VALUES = {
    "DateStyle": ["German, DMY", "SQL, MDY"],
    "TimeZone": ["Asia/Kathmandu", "-167:59"],
    "application_name": ["'; DROP TABLE payment_outbox_pending; --"],
    "client_encoding": ["LATIN1", "EUC_JP"],
    "default_table_access_method": ["heap"],
    "default_tablespace": ["pg_default"],
    "default_text_search_config": ["pg_catalog.simple"],
    "idle_in_transaction_session_timeout": ["1"],
    "jit_above_cost": ["0"],
    "lc_monetary": ["POSIX"],
    "lc_numeric": ["POSIX"],
    "lc_time": ["POSIX"],
    "lock_timeout": ["1"],
    "plpgsql.extra_errors": ["all"],
    "plpgsql.extra_warnings": ["all"],
    "restrict_nonsystem_relation_kind": ["view, foreign-table"],
    "search_path": ["", "pg_temp, public", "no_such_schema"],
    "statement_timeout": ["1", "2147483647"],
    "temp_tablespaces": ["pg_default"],
    "timezone_abbreviations": ["India"],
    "transaction_timeout": ["1", "2147483647"],
    "vacuum_buffer_usage_limit": ["0", "16777216"],
}


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting that any caller may change."""

    name: str
    kind: str  # bool | enum | integer | real | string
    current: str
    least: str | None
    greatest: str | None
    labels: Sequence[str] | None  # of an enum

    def values(self) -> list[str]:
        """Return the values to try: stated above, or every other one that the server knows."""
        if self.name in VALUES:
            return VALUES[self.name]
        if self.kind == "bool":
            return ["off" if self.current == "on" else "on"]
        if self.kind == "enum":
            return [label for label in self.labels or () if label != self.current]
        return [value for value in (self.least, self.greatest) if value is not None and value != self.current]


def settings_of(connection: Connection, kind: str) -> list[Setting]:
    """Return what a caller may set, PL/pgSQL's own settings included."""
    connection.execute("DO LANGUAGE plpgsql 'BEGIN END'")
    rows = connection.execute(SETTINGS, [kind]).fetchall()
    names = ("name", "kind", "current", "least", "greatest", "labels")
    return [Setting(**dict(zip(names, row, strict=True))) for row in rows]


class Life:
    """One payment from request to outcome, each call on a session with the setting; the owner's stays clean."""

    def __init__(self, number: int, ingest: Connection, executor: Connection, owner: Connection) -> None:
        self.request = [f"instruction-{number}", f"participant-{number}", "key"]
        self.ingest = ingest
        self.executor = executor
        self.owner = owner

    def enqueue(self, amount: str) -> Any:
        """Ask for the payment."""
        return self.ingest.execute(ENQUEUE, [*self.request, amount]).fetchall()

    def claim(self) -> Any:
        """Lease what is due."""
        return self.executor.execute(CLAIM).fetchall()

    def complete(self, lease: Any, state: str) -> Any:
        """Record an outcome."""
        return self.executor.execute(COMPLETE, [lease[0], lease[1], state]).fetchall()

    def complete_as_a_set(self, lease: Any, state: str) -> Any:
        """Record an outcome by the function for sets."""
        return self.executor.execute(COMPLETE_SET, [[lease[0]], [lease[1]], [state]]).fetchall()

    def expire_and_repair(self) -> Any:
        """Let the lease run out and repair it."""
        self.owner.execute(EXPIRE)
        return self.executor.execute(REPAIR).fetchall()

    def run(self) -> Iterator[tuple[str, Any, Any]]:
        """Yield each call's name, its answer and the right answer."""
        yield "enqueue", self.enqueue("10.00"), [(1, "PENDING")]
        (first,) = self.claim()
        yield "claim", first[2], True
        yield "nothing left to claim", self.claim(), []
        yield "retry", self.complete(first, "RETRYABLE"), [(1, "RETRYABLE")]
        yield "stale completion", refusal(lambda: self.complete(first, "DISPATCHED")), "P7002"
        (second,) = self.claim()
        yield "repair", self.expire_and_repair(), [(2, "REPAIR_REQUEUED")]
        yield "late report", self.executor.execute(REPORT_LATE, second[:2]).fetchall(), [(True,)]
        yield "stale set", self.complete_as_a_set(second, "DISPATCHED"), [(None, None, "P7002")]
        (third,) = self.claim()
        yield "duplicate while leased", self.enqueue("10.00"), [(1, "PENDING")]
        yield "conflict", refusal(lambda: self.enqueue("1000000.00")), "P7004"
        yield "dispatch as a set", self.complete_as_a_set(third, "DISPATCHED"), [(3, "DISPATCHED", None)]
        yield "duplicate of a finished payment", self.enqueue("10.00"), [(1, "DISPATCHED")]


def refusal(call: Callable[[], object]) -> str:
    """Return the model's own SQLSTATE for a call that it must refuse; what the server itself refuses is raised."""
    try:
        call()
    except DatabaseError as error:
        if not error.sqlstate.startswith("P7"):
            raise
        return error.sqlstate
    return "00000"


def finish(owner: Connection) -> None:
    """End what a refused life left in the queue, with a clean session: the next life has the queue alone."""
    owner.execute(EXPIRE)
    owner.execute("SELECT * FROM repair_expired_leases(1000, 'finisher')")
    leased = owner.execute("SELECT outbox_id, lease_token FROM claim_outbox_batch(1000, 'finisher', 60)").fetchall()
    for lease in leased:
        owner.execute("SELECT * FROM complete_outbox_attempt(%s, %s, 'finisher', 'FAILED')", lease)


@pytest.mark.parametrize("kind", ["bool", "enum", "integer", "real", "string"])
def test_setting_of_the_caller_changes_no_answer(kind: str, database: str, connect_as: ConnectAs) -> None:
    """Under each value of each setting, every call of a payment's life answers right, or refuses as listed."""
    owner = connect_as("owner", database)
    owner.execute("UPDATE outbox_settings SET retry_delay_seconds = 0")
    settings = [setting for setting in settings_of(owner, kind) if setting.name not in NOT_TRIED]
    assert [setting.name for setting in settings if not setting.values() and setting.least != setting.greatest] == []

    wrong: list[str] = []
    lives = [(setting.name, value) for setting in settings for value in setting.values()]
    for number, (name, value) in enumerate(lives):
        with connect_as("outbox_ingest", database) as ingest, connect_as("outbox_executor", database) as executor:
            for connection in (ingest, executor):
                connection.execute("SELECT set_config(%s, %s, false)", [name, value])
            life = Life(number, ingest, executor, owner)
            try:
                wrong += [
                    f"{name} = {value}: {call} answered {got}" for call, got, right in life.run() if got != right
                ]
            except (DatabaseError, ValueError) as error:
                if not isinstance(error, DatabaseError) or error.sqlstate not in REFUSED_WITH.get(name, ()):
                    wrong.append(f"{name} = {value}: {error}")
        finish(owner)
    print(f"{kind}: {len(settings)} settings, {len(lives)} values")
    assert wrong == []
    assert owner.execute("SELECT count(*) FROM payment_outbox_pending").fetchone() == (0,)
    assert check(owner, INVARIANTS) == ()

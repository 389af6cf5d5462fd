"""Every SQL statement of the worker, each a call to one database function or a read of the status view.

Nothing here leaves anything behind on a connection, so a transaction pooler may stand in between (CL-11): each
statement is its own transaction, none is prepared under a name, no setting is changed. LISTEN has its own connection.
A claim is therefore committed before its answer is here (CL-10).
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, LiteralString, Self
from uuid import UUID

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from leaseproof.errors import DatabaseError, LeaseproofError
from leaseproof.outbox.payment import Answered, Outcome, Payment
from leaseproof.outbox.refused_logins import refused_login

CHANNEL = "payment_outbox_enqueued"
CONNECT_TIMEOUT_SECONDS = 5
LONGEST_TEXT = 2000  # characters of telemetry that are worth sending; the database cuts further
# A network that was cut without a word is noticed within some seconds instead of hours.
_LIVENESS = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # milliseconds
    "connect_timeout": CONNECT_TIMEOUT_SECONDS,
}

_CLAIM: LiteralString = """
SELECT outbox_id, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload::text,
       attempt_count, lease_token, lease_epoch
FROM public.claim_outbox_batch(%s, %s, %s)
"""
_COMPLETE: LiteralString = """
SELECT state::text
FROM public.complete_outbox_attempt(
    %s, %s, %s, %s::public.payment_outbox_attempt_state, %s, %s, %s, %s, %s, %s
)
"""
_COMPLETE_MANY: LiteralString = """
SELECT state::text, refused_with, refused_constraint
FROM public.complete_outbox_attempts(
    %s, %s::uuid[], %s::uuid[], %s::text[]::public.payment_outbox_attempt_state[], %s::text[], %s::text[],
    %s::text[], %s::text[], %s::integer[], %s::integer[]
)
"""
_REPAIR: LiteralString = """
SELECT outbox_id, attempt_no, state::text FROM public.repair_expired_leases(%s, %s)
"""
_REPORT_LATE: LiteralString = """
SELECT public.report_late_outcome(%s, %s, %s, %s::public.payment_outbox_attempt_state, %s, %s, %s, %s, %s)
"""
_STATUS: LiteralString = "SELECT * FROM public.supervisor_outbox_status"
_EXPIRED: LiteralString = "SELECT expired_lease_count FROM public.supervisor_outbox_status"
_LISTEN: LiteralString = "LISTEN payment_outbox_enqueued"

Repaired = tuple[UUID, int, str]  # outbox_id, attempt_no, state


class OutboxCalls:
    """The database as one worker sees it. Use as an async context manager.

    Args:
        database_url: a login that is a member of outbox_executor.
        worker_id: named in every call that writes.
        pool_size: the most connections.
        statement_timeout_seconds: a call that takes longer is given up as "nothing known".
    """

    def __init__(
        self, *, database_url: str, worker_id: str, pool_size: int, statement_timeout_seconds: float
    ) -> None:
        self._worker_id = worker_id
        self._timeout_seconds = statement_timeout_seconds
        self._conninfo = _with_liveness(database_url)
        self._pool = AsyncConnectionPool(
            self._conninfo,
            kwargs={"autocommit": True, "prepare_threshold": None},
            min_size=1,
            max_size=pool_size,
            timeout=CONNECT_TIMEOUT_SECONDS,
            reconnect_timeout=2.0,  # then the next call asks again: our own pauses rule, not the pool's growing ones
            open=False,
        )

    async def __aenter__(self) -> Self:
        await self._pool.open(wait=False)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.close(timeout=1.0)

    async def claim(self, batch_size: int, lease_seconds: int) -> list[Payment]:
        """Lease up to so many payments; when this returns, the leases are committed."""
        rows = await self._fetch(_CLAIM, (batch_size, self._worker_id, lease_seconds))
        return [
            Payment(
                outbox_id=row[0],
                instruction_id=row[1],
                participant_id=row[2],
                sequence_id=row[3],
                idempotency_key=row[4],
                rail_type=row[5],
                payload=row[6],
                attempt_count=row[7],
                lease_token=row[8],
                lease_epoch=row[9],
            )
            for row in rows
        ]

    async def complete(self, payment: Payment, outcome: Outcome) -> Answered:
        """Record one outcome; refusals come as :class:`DatabaseError`."""
        rows = await self._fetch(
            _COMPLETE,
            (
                payment.outbox_id,
                payment.lease_token,
                self._worker_id,
                outcome.state.value,
                *_telemetry(outcome),
                outcome.retry_delay_seconds,
            ),
        )
        return Answered(state=_only(rows)[0])

    async def complete_many(self, pairs: Sequence[tuple[Payment, Outcome]]) -> list[Answered]:
        """Record many outcomes in one transaction, each under its own lease; one answer each, in order."""
        telemetry = list(zip(*(_telemetry(outcome) for _, outcome in pairs), strict=True))
        rows = await self._fetch(
            _COMPLETE_MANY,
            (
                self._worker_id,
                [payment.outbox_id for payment, _ in pairs],
                [payment.lease_token for payment, _ in pairs],
                [outcome.state.value for _, outcome in pairs],
                *(_column(values) for values in telemetry),
                _column([outcome.retry_delay_seconds for _, outcome in pairs]),
            ),
        )
        if len(rows) != len(pairs):
            raise DatabaseError(
                f"got {len(rows)} answers to {len(pairs)} outcomes; expected one each", sqlstate="P7001"
            )
        return [Answered(state=row[0], refused_with=row[1], refused_constraint=row[2]) for row in rows]

    async def report_late(self, payment: Payment, outcome: Outcome) -> bool:
        """Keep an outcome whose lease is over; return False when it was kept before."""
        rows = await self._fetch(
            _REPORT_LATE,
            (
                payment.outbox_id,
                payment.lease_token,
                self._worker_id,
                outcome.state.value,
                *_telemetry(outcome),
            ),
        )
        return bool(_only(rows)[0])

    async def repair(self, batch_size: int) -> list[Repaired]:
        """End up to so many expired leases, each with its ledger row."""
        return await self._fetch(_REPAIR, (batch_size, self._worker_id))

    async def expired_leases(self) -> int:
        """Return how many leases the status view shows as expired; the other columns are not asked for."""
        rows = await self._fetch(_EXPIRED, ())
        return int(_only(rows)[0])

    async def status(self) -> dict[str, Any]:
        """Return the one row of the status view."""
        rows = await self._fetch(_STATUS, (), as_mappings=True)
        return dict(_only(rows))

    async def reach(self) -> None:
        """Connect once beside the pool, which never says why it has no connection.

        Raises:
            DatabaseError: there is none; with the server's own words, when it gave any.
        """
        try:
            async with asyncio.timeout(self._timeout_seconds):
                connection = await psycopg.AsyncConnection.connect(self._conninfo)
                await connection.close()
        except TimeoutError:
            raise self._no_answer() from None
        except psycopg.Error as error:
            raise _as_database_error(error) from None

    async def _fetch(
        self, statement: LiteralString, values: Sequence[object], *, as_mappings: bool = False
    ) -> Any:
        try:
            async with asyncio.timeout(self._timeout_seconds), self._pool.connection() as connection:
                cursor = connection.cursor(row_factory=dict_row) if as_mappings else connection.cursor()
                await cursor.execute(statement, values)
                return await cursor.fetchall()
        except TimeoutError:
            raise self._no_answer() from None
        except psycopg.Error as error:
            raise _as_database_error(error) from None

    def _no_answer(self) -> DatabaseError:
        return DatabaseError(
            f"got no answer within {self._timeout_seconds:g} s; expected one; it is asked again", sqlstate="57014"
        )


async def notifications(listen_url: str, worker_id: str) -> AsyncIterator[str | None]:
    """Yield once when listening has begun, then each notification's payload; end by raising.

    Raises:
        DatabaseError: the connection could not be made, or broke.
    """
    try:
        conninfo = make_conninfo(
            _with_liveness(listen_url), application_name=f"outbox-listen/{worker_id}"[:63]
        )
        connection = await psycopg.AsyncConnection.connect(conninfo, autocommit=True)
        async with connection:
            await connection.execute(_LISTEN)
            yield None
            async for notification in connection.notifies():
                yield notification.payload
    except psycopg.Error as error:
        raise _as_database_error(error) from None
    raise DatabaseError("got the end of the notifications; expected none", sqlstate="08006")


def read_url(url: str, name: str) -> dict[str, Any]:
    """Return what a connection string says.

    Raises:
        LeaseproofError: it cannot be read, or names a host that no resolver takes; it is called by ``name`` only.
    """
    try:
        said = conninfo_to_dict(url)
        for host in str(said.get("host", "")).split(","):
            if not host.startswith(("/", "@")):  # the path of a socket
                host.encode("idna")
    except (psycopg.Error, UnicodeError):
        raise LeaseproofError(
            f"got {name} that cannot be read (not shown: it may hold a password); "
            "expected postgresql://user@host/database; correct it"
        ) from None
    return said


def _with_liveness(url: str) -> str:
    """Return the connection string with what notices a dead peer; what the URL says itself wins."""
    return make_conninfo(**(_LIVENESS | read_url(url, "a database URL")))


def _only(rows: Sequence[Any]) -> Any:
    """Return the one row of an answer that has one, unless the model's own settings are gone."""
    if len(rows) != 1:
        raise DatabaseError(f"got {len(rows)} rows; expected one; run invoke db.drift", sqlstate="P7001")
    return rows[0]


def _telemetry(outcome: Outcome) -> tuple[str | None, str | None, str | None, str | None, int | None]:
    """Return what is recorded beside the state, cleaned so that it can never block the outcome (AR-06)."""
    return (
        _storable(outcome.rail_reference),
        _storable(outcome.rail_code),
        _storable(outcome.error_code),
        _storable(outcome.error_message),
        None if outcome.latency_ms is None else min(outcome.latency_ms, 2**31 - 1),
    )


def _column(values: Sequence[object]) -> list[object] | None:
    """Return an array argument; None when no payment of the set needs it."""
    return None if all(value is None for value in values) else list(values)


def _storable(said: object) -> str | None:
    """Return what a rail said as text, without what PostgreSQL cannot hold: NUL and halves of surrogate pairs."""
    if said is None:
        return None
    text = said if isinstance(said, str) else str(said)
    if text.isascii() and text.isprintable() and len(text) <= LONGEST_TEXT:
        return text
    return text[:LONGEST_TEXT].replace("\0", "").encode("utf-8", "ignore").decode()


def _as_database_error(error: psycopg.Error) -> DatabaseError:
    login = refused_login(str(error)) if error.sqlstate is None else None
    if login is not None:
        return DatabaseError(login[1], sqlstate=login[0])
    if isinstance(error, psycopg.DataError | psycopg.ProgrammingError):
        without_answer, remark = "22000", "a value that cannot be sent"
    else:
        without_answer, remark = "08006", "the connection was refused or lost"
    message = error.diag.message_primary or f"{type(error).__name__}: {remark}"
    return DatabaseError(
        message, sqlstate=error.sqlstate or without_answer, constraint=error.diag.constraint_name
    )

"""One connection on libpq's simple protocol that never blocks: send, wait on the socket, take what came.

psycopg's `pq` layer and nothing above it, so that a waiting statement holds up nobody, and results, notices
and notifications stay as the server sent them.
"""

import select
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from psycopg import OperationalError, pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from leaseproof.errors import DatabaseError

CONNECTION_LOST = "08006"
CONNECT_TIMEOUT_SECONDS = 10

_FIELD = pq.DiagnosticField
_FAILED = (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.BAD_RESPONSE)


@dataclass(frozen=True, kw_only=True)
class Report:
    """An error or a notice with the fields that a judgement reads."""

    severity: str
    sqlstate: str
    message: str
    detail: str = ""
    hint: str = ""
    constraint: str = ""


@dataclass(frozen=True, kw_only=True)
class Notification:
    """One NOTIFY that reached this connection."""

    channel: str
    payload: str
    pid: int


class Wire:
    """A connection that is driven by its caller.

    Args:
        pgconn: an open libpq connection; the wire closes it.

    After :meth:`send`, call :meth:`advance` whenever the socket is readable; it returns True once, when the
    whole query string has been answered. ``results`` then holds every result in the server's order.
    """

    def __init__(self, pgconn: pq.abc.PGconn) -> None:
        pgconn.nonblocking = 1
        pgconn.notice_handler = self._take_notice
        self._pgconn = pgconn
        self.pid: int = pgconn.backend_pid
        self.busy = False
        self.lost: Report | None = None  # why the connection is gone, once it is
        self.results: list[Any] = []  # PGresult of the running or last query string
        self.copied: list[bytes] = []  # lines of a COPY ... TO STDOUT
        self.notices: list[Report] = []  # oldest first; the caller clears it
        self.notifications: list[Notification] = []  # the caller clears it

    @classmethod
    def connect(
        cls, conninfo: str, *, statement_timeout_ms: int = 0, application_name: str = "leaseproof"
    ) -> "Wire":
        """Open a connection; UTF-8 whatever the environment says.

        Args:
            conninfo: a libpq connection string or URL.
            statement_timeout_ms: the session's own default, so that RESET ALL keeps it; 0 is the server's.

        Raises:
            DatabaseError: the server refused or did not answer; the text carries no password.
        """
        asked = conninfo_to_dict(conninfo)
        given: dict[str, Any] = {"client_encoding": "UTF8", "application_name": application_name}
        if statement_timeout_ms:
            given["options"] = (
                f"{asked.get('options') or ''} -c statement_timeout={statement_timeout_ms}".strip()
            )
        if "connect_timeout" not in asked:
            given["connect_timeout"] = CONNECT_TIMEOUT_SECONDS
        pgconn = pq.PGconn.connect(make_conninfo(conninfo, **given).encode())
        if pgconn.status != pq.ConnStatus.OK:
            text = pgconn.error_message.decode("utf-8", "replace").strip()
            pgconn.finish()
            raise DatabaseError(text, sqlstate=CONNECTION_LOST)
        return cls(pgconn)

    def fileno(self) -> int:
        """Return the socket, for a selector."""
        return self._pgconn.socket

    @property
    def in_transaction(self) -> bool:
        """Say whether a transaction block is open, failed or not."""
        return self._pgconn.transaction_status in (pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR)

    @property
    def failed_transaction(self) -> bool:
        """Say whether the open transaction block refuses everything but its end."""
        return self._pgconn.transaction_status == pq.TransactionStatus.INERROR

    def send(self, sql: str) -> None:
        """Start one query string, which may hold several statements. A lost connection shows in ``lost``."""
        self.results = []
        self.copied = []
        if self.lost is not None:
            return
        try:
            self._pgconn.send_query(sql.encode())
            while self._pgconn.flush():
                select.select([], [self._pgconn.socket], [], 1.0)
        except OperationalError as error:
            self._lose(error)
            return
        self.busy = True

    def advance(self) -> bool:
        """Take what the socket holds; return True when the query is answered or the connection lost."""
        if not self.busy:
            return True
        try:
            self._pgconn.consume_input()
            while not self._pgconn.is_busy():
                result = self._pgconn.get_result()
                if result is None:
                    self.busy = False
                    self._take_notifications()
                    return True
                if result.status == pq.ExecStatus.COPY_IN:
                    self._pgconn.put_copy_end(b"a step has no data for COPY FROM STDIN")
                    self._pgconn.flush()
                elif result.status == pq.ExecStatus.COPY_OUT:
                    if not self._drain_copy():
                        return False
                else:
                    self.results.append(result)
            self._take_notifications()
        except OperationalError as error:
            self._lose(error)
            return True
        return False

    def poll_idle(self) -> None:
        """Take what arrived while no query runs: notices, notifications, the end of the connection."""
        try:
            self._pgconn.consume_input()
            self._take_notifications()
        except OperationalError as error:
            self._lose(error)

    def run(self, sql: str, *, timeout_ms: float = 60_000) -> list[Any]:
        """Send a query string and wait for its results.

        Raises:
            DatabaseError: the server answered with an error, the connection is lost, or the time is up.
        """
        self.send(sql)
        self.finish(timeout_ms=timeout_ms)
        if self.lost is not None:
            raise DatabaseError(self.lost.message, sqlstate=self.lost.sqlstate)
        for result in self.results:
            if result.status in _FAILED:
                report = error_of(result)
                raise DatabaseError(
                    report.message, sqlstate=report.sqlstate, constraint=report.constraint or None
                )
        return self.results

    def finish(self, *, timeout_ms: float) -> None:
        """Wait until the running query is answered; past the time, cancel it, then let the connection go."""
        for grace_ms in (timeout_ms, 2_000.0):
            deadline = time.monotonic() + grace_ms / 1000
            while self.busy:
                left_ms = (deadline - time.monotonic()) * 1000
                if left_ms <= 0:
                    self.cancel()
                    break
                if readable((self,), left_ms):
                    self.advance()
        if self.busy:
            self.abandon("the server did not answer, not even to a cancel request")

    def abandon(self, why: str) -> None:
        """Give the connection up from this side."""
        self._lose(OperationalError(why))

    def cancel(self) -> None:
        """Ask the server to cancel the running statement."""
        try:
            self._pgconn.get_cancel().cancel()
        except OperationalError:
            return  # nobody is left to ask: the next read of the socket says so

    def close(self) -> None:
        """End the connection; a second call does nothing."""
        self.busy = False
        self._pgconn.finish()

    def _drain_copy(self) -> bool:
        while True:
            size, data = self._pgconn.get_copy_data(1)
            if size > 0:
                self.copied.append(bytes(data))
            elif size == 0:
                return False
            else:
                return True

    def _take_notice(self, result: Any) -> None:
        self.notices.append(error_of(result))  # the result itself is gone when this returns

    def _take_notifications(self) -> None:
        while (notify := self._pgconn.notifies()) is not None:
            self.notifications.append(
                Notification(
                    channel=notify.relname.decode(), payload=notify.extra.decode(), pid=notify.be_pid
                )
            )

    def _lose(self, error: OperationalError) -> None:
        """Keep the server's last fatal word as the reason; without one it is a lost connection."""
        self.busy = False
        with suppress(OperationalError):
            self._pgconn.is_busy()  # reads what the server said before it closed the connection
        reports = [*self.notices, *(error_of(each) for each in self.results)]
        fatal = [each for each in reports if each.severity in ("FATAL", "PANIC")]
        self.lost = (
            fatal[-1] if fatal else Report(severity="FATAL", sqlstate=CONNECTION_LOST, message=str(error))
        )
        self._pgconn.finish()


def readable(wires: Iterable[Wire], timeout_ms: float) -> list[Wire]:
    """Wait until a socket has something, and return those wires, in the given order.

    Args:
        timeout_ms: the longest wait; 0 only looks.
    """
    by_descriptor = {wire.fileno(): wire for wire in wires}
    poller = select.poll()
    for descriptor in by_descriptor:
        poller.register(descriptor, select.POLLIN)
    ready = {descriptor for descriptor, _ in poller.poll(timeout_ms)}
    return [wire for descriptor, wire in by_descriptor.items() if descriptor in ready]


def error_of(result: Any) -> Report:
    """Return the diagnostic fields of an error or notice."""
    return Report(
        severity=_text(result.error_field(_FIELD.SEVERITY_NONLOCALIZED)),
        sqlstate=_text(result.error_field(_FIELD.SQLSTATE)) or CONNECTION_LOST,
        message=_text(result.error_field(_FIELD.MESSAGE_PRIMARY)) or _text(result.error_message).strip(),
        detail=_text(result.error_field(_FIELD.MESSAGE_DETAIL)),
        hint=_text(result.error_field(_FIELD.MESSAGE_HINT)),
        constraint=_text(result.error_field(_FIELD.CONSTRAINT_NAME)),
    )


def failed(result: Any) -> bool:
    """Say whether a result is an error."""
    return result.status in _FAILED


def has_rows(result: Any) -> bool:
    """Say whether a result is a table, be it empty."""
    return result.status == pq.ExecStatus.TUPLES_OK


def columns_of(result: Any) -> tuple[str, ...]:
    """Return the column names of a table."""
    return tuple(_text(result.fname(index)) for index in range(result.nfields))


def rows_of(result: Any) -> tuple[tuple[str | None, ...], ...]:
    """Return a table's rows as the server's text, None for NULL."""
    width = range(result.nfields)
    return tuple(
        tuple(None if (value := result.get_value(row, column)) is None else _text(value) for column in width)
        for row in range(result.ntuples)
    )


def count_of(result: Any) -> int | None:
    """Return how many rows a statement returned or affected; None where the server gives no number."""
    return result.command_tuples


def _text(value: bytes | None) -> str:
    return value.decode("utf-8", "replace") if value else ""

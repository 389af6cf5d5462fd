"""A connection for isolation specs: results one at a time and notices as they arrive, as the tester in C has them."""

import select
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from psycopg import OperationalError, pq
from psycopg.conninfo import make_conninfo

from leaseproof.errors import DatabaseError

_FIELD = pq.DiagnosticField


class SpecWire:
    """A libpq connection of one session of a spec.

    Args:
        conninfo: where.
        on_notice: called with the text of each notice at the moment it is read.

    Raises:
        DatabaseError: the server refused.
    """

    def __init__(self, conninfo: str, on_notice: Callable[[str], None]) -> None:
        self._pgconn = pq.PGconn.connect(make_conninfo(conninfo).encode())
        if self._pgconn.status != pq.ConnStatus.OK:
            text = self._pgconn.error_message.decode("utf-8", "replace").strip()
            self._pgconn.finish()
            raise DatabaseError(text, sqlstate="08006")
        self._pgconn.notice_handler = lambda result: on_notice(result.error_message.decode("utf-8", "replace"))
        self.pid: int = self._pgconn.backend_pid

    def execute(self, sql: str) -> list[Any]:
        """Run a query string and return all its results, errors included."""
        self.send(sql)
        return self.results()

    def send(self, sql: str) -> None:
        """Start a query string."""
        self._pgconn.send_query(sql.encode())

    def wait(self, timeout_ms: float) -> bool:
        """Wait for the socket; return whether something came."""
        poller = select.poll()
        poller.register(self._pgconn.socket, select.POLLIN)
        return bool(poller.poll(timeout_ms))

    def consume(self) -> None:
        """Read what came; notices are reported now."""
        self._pgconn.consume_input()

    def is_busy(self) -> bool:
        """Say whether the next result is not complete yet."""
        return bool(self._pgconn.is_busy())

    def results(self) -> list[Any]:
        """Wait for the remaining results of the query string."""
        found = []
        while (result := self._pgconn.get_result()) is not None:
            found.append(result)
        return found

    def next_result(self) -> Any:
        """Return the next result, or None at the end."""
        return self._pgconn.get_result()

    def notifications(self) -> list[tuple[str, str, int]]:
        """Return channel, payload and sender's pid of each NOTIFY read so far."""
        found = []
        with suppress(OperationalError):  # the step may have ended its own connection: its result has said so
            self._pgconn.consume_input()
            while (notify := self._pgconn.notifies()) is not None:
                found.append((notify.relname.decode(), notify.extra.decode(), notify.be_pid))
                self._pgconn.consume_input()
        return found

    def close(self) -> None:
        """End the connection."""
        self._pgconn.finish()


def table_of(result: Any) -> str:
    """Return a result as libpq's aligned print shows it: header, rule, rows, count and an empty line.

    Args:
        result: with rows, be they none. Widths are bytes, as in the C library.
    """
    width = range(result.nfields)
    names = [result.fname(column) or b"" for column in width]
    rows = [[result.get_value(row, column) or b"" for column in width] for row in range(result.ntuples)]
    sizes = [max([len(names[column]), *(len(row[column]) for row in rows)]) for column in width]
    numeric = [all(_is_numeric(row[column]) for row in rows) for column in width]

    def line(values: list[bytes]) -> bytes:
        cells = (
            value.rjust(sizes[column]) if numeric[column] else value.ljust(sizes[column])
            for column, value in enumerate(values)
        )
        return b"|".join(cells)

    rule = b"+".join(b"-" * size for size in sizes)
    count = f"({len(rows)} row{'' if len(rows) == 1 else 's'})\n\n"
    body = b"".join(line(row) + b"\n" for row in rows)
    return (line(names) + b"\n" + rule + b"\n" + body).decode("utf-8", "replace") + count


def _is_numeric(value: bytes) -> bool:
    if not value:
        return True
    return all(byte in b"0123456789.Ee -" for byte in value) and value[:1] not in (b"E", b"e") and value[-1:].isdigit()


def kind_of(result: Any) -> str:
    """Return what a result is: ``rows``, ``done``, ``error`` or the name of an unexpected status."""
    status = pq.ExecStatus(result.status)
    if status == pq.ExecStatus.TUPLES_OK:
        return "rows"
    if status in (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.EMPTY_QUERY):
        return "done"
    return "error" if status == pq.ExecStatus.FATAL_ERROR else f"PGRES_{status.name}"


def severity_and_message(result: Any) -> str:
    """Return an error in one line, as the tester prints it."""
    severity, message = result.error_field(_FIELD.SEVERITY), result.error_field(_FIELD.MESSAGE_PRIMARY)
    if severity and message:
        return f"{severity.decode('utf-8', 'replace')}:  {message.decode('utf-8', 'replace')}"
    return str(result.error_message.decode("utf-8", "replace"))


def sqlstate_of(result: Any) -> str:
    """Return an error's SQLSTATE; 08006 when the connection ended without one."""
    return (result.error_field(_FIELD.SQLSTATE) or b"08006").decode()

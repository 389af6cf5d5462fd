"""A wire on a real server: everything that the server sends, and every way in which it may stop."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from leaseproof.database.run import Run
from leaseproof.database.wire import (
    Notification,
    Report,
    Wire,
    columns_of,
    count_of,
    error_of,
    failed,
    has_rows,
    readable,
    rows_of,
)
from leaseproof.errors import DatabaseError

Connect = Callable[..., Wire]


@pytest.fixture
def connect(leaseproof_run: Run) -> Iterator[Connect]:
    """Return a function that opens wires to the maintenance database."""
    with ExitStack() as stack:

        def open_wire(**options: int) -> Wire:
            wire = Wire.connect(leaseproof_run.server.conninfo, **options)
            stack.callback(wire.close)
            return wire

        yield open_wire


def test_several_statements_give_each_result_in_order(connect: Connect) -> None:
    """Of one query string; rows as text, NULL as None."""
    first, second, third = connect().run(
        "SELECT 1 AS a, NULL AS b; SELECT 'x' WHERE false; CREATE TEMP TABLE t (x int)"
    )
    assert (columns_of(first), rows_of(first), count_of(first)) == (("a", "b"), (("1", None),), 1)
    assert (rows_of(second), count_of(second), has_rows(second)) == ((), 0, True)
    assert (has_rows(third), count_of(third)) == (False, None)


def test_error_ends_the_query_string_and_keeps_what_came_before(connect: Connect) -> None:
    """With every field that a judgement reads."""
    wire = connect()
    refusal = "RAISE 'no' USING ERRCODE = 'P7002', DETAIL = 'd', HINT = 'h', CONSTRAINT = 'c';"
    wire.send(f"SELECT 1; DO $$ BEGIN {refusal} END $$")
    wire.finish(timeout_ms=5_000)
    assert [failed(result) for result in wire.results] == [False, True]
    assert error_of(wire.results[1]) == Report(
        severity="ERROR", sqlstate="P7002", message="no", detail="d", hint="h", constraint="c"
    )
    with pytest.raises(DatabaseError, match="no") as raised:
        wire.run("DO $$ BEGIN RAISE 'no' USING ERRCODE = 'P7002', CONSTRAINT = 'c'; END $$")
    assert (raised.value.sqlstate, raised.value.constraint) == ("P7002", "c")


def test_notices_and_notifications_are_kept_in_order(connect: Connect) -> None:
    """Until the caller clears them."""
    wire, other = connect(), connect()
    wire.run("LISTEN here")
    wire.run("DO $$ BEGIN RAISE NOTICE 'one'; RAISE WARNING 'two'; END $$")
    assert [(notice.severity, notice.message) for notice in wire.notices] == [
        ("NOTICE", "one"),
        ("WARNING", "two"),
    ]
    other.run("NOTIFY here, 'x'")
    wire.run("SELECT 1")
    assert wire.notifications == [Notification(channel="here", payload="x", pid=other.pid)]


def test_waiting_statement_holds_up_nobody(connect: Connect) -> None:
    """Its socket is silent until the lock is free, and the transaction's state is known."""
    holder, waiter = connect(), connect()
    holder.run("BEGIN; SELECT pg_advisory_xact_lock(4711)")
    assert holder.in_transaction
    waiter.send("SELECT pg_advisory_xact_lock(4711)")
    assert readable((waiter,), 20) == []
    assert waiter.busy
    holder.run("COMMIT")
    assert not holder.in_transaction
    waiter.finish(timeout_ms=5_000)
    assert not waiter.busy
    assert not failed(waiter.results[0])


def test_time_that_is_up_cancels_the_statement(connect: Connect) -> None:
    """The connection lives on."""
    wire = connect()
    with pytest.raises(DatabaseError) as raised:
        wire.run("SELECT pg_sleep(60)", timeout_ms=50)
    assert raised.value.sqlstate == "57014"
    assert rows_of(wire.run("SELECT 1")[0]) == (("1",),)


def test_statement_timeout_of_the_connection_survives_reset_all(connect: Connect) -> None:
    """It is the session's own default."""
    wire = connect(statement_timeout_ms=1234)
    wire.run("SET statement_timeout = 0")
    wire.run("RESET ALL")
    assert rows_of(wire.run("SHOW statement_timeout")[0]) == (("1234ms",),)


def test_copy_to_is_read_and_copy_from_is_refused(connect: Connect) -> None:
    """Neither leaves the connection in a state of its own."""
    wire = connect()
    wire.run("COPY (VALUES (1, 'a'), (2, NULL)) TO STDOUT")
    assert wire.copied == [b"1\ta\n", b"2\t\\N\n"]
    wire.run("CREATE TEMP TABLE t (x int)")
    with pytest.raises(DatabaseError, match="no data for COPY FROM STDIN"):
        wire.run("COPY t FROM STDIN")
    assert rows_of(wire.run("SELECT count(*) FROM t")[0]) == (("0",),)


@pytest.mark.parametrize("meanwhile", ["idle", "running"])
def test_ended_connection_keeps_the_servers_last_word(meanwhile: str, connect: Connect) -> None:
    """57P01 whether the statement was under way or had yet to come."""
    wire, killer = connect(), connect()
    if meanwhile == "running":
        wire.send("SELECT pg_sleep(60)")
    killer.run(f"SELECT pg_terminate_backend({wire.pid}, 5000)")
    if meanwhile == "idle":
        wire.send("SELECT 1")
    wire.finish(timeout_ms=5_000)
    assert wire.lost is not None
    assert wire.lost.sqlstate == "57P01"
    with pytest.raises(DatabaseError) as raised:
        wire.run("SELECT 1")
    assert raised.value.sqlstate == "57P01"


def test_idle_connection_that_ends_is_noticed_when_looked_at(connect: Connect) -> None:
    """Without a statement."""
    wire, killer = connect(), connect()
    killer.run(f"SELECT pg_terminate_backend({wire.pid}, 5000)")
    while wire.lost is None:
        assert readable((wire,), 5_000)
        wire.poll_idle()
    assert wire.lost.sqlstate == "57P01"


def test_connection_that_is_refused_says_so(leaseproof_run: Run) -> None:
    """As an error of the database."""
    with pytest.raises(DatabaseError, match="does not exist"):
        Wire.connect(leaseproof_run.server.for_database("leaseproof_no_such_database"))

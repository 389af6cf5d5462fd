"""What can be said about the database calls without a database."""

import asyncio
import inspect

import psycopg
import pytest

from leaseproof.errors import DatabaseError, LeaseproofError
from leaseproof.outbox import calls
from leaseproof.outbox.calls import OutboxCalls
from leaseproof.outbox.payment import Outcome, Payment, State


def test_unreadable_url_is_refused_without_showing_it():
    """libpq quotes what it cannot read; a password could be in it."""
    with pytest.raises(LeaseproofError) as refused:
        OutboxCalls(
            database_url="postgres:hidden word", worker_id="w", pool_size=1, statement_timeout_seconds=1
        )
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("url", ["postgresql://w:hidden@a..b/x", "postgresql://w:hidden@db,a..b/x"])
def test_host_that_no_resolver_takes_is_refused_without_showing_it(url):
    """The driver would raise what is no error of the database, at some later moment."""
    with pytest.raises(LeaseproofError) as refused:
        OutboxCalls(database_url=url, worker_id="w", pool_size=1, statement_timeout_seconds=1)
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("host", ["/run/" + "x" * 90, "db,10.0.0.1", "::1", "bücher.example", ""])
def test_host_of_every_kind_is_taken(host):
    """The path of a socket is no name for a resolver."""
    assert calls.read_url(f"host='{host}' dbname=x", "URL")["dbname"] == "x"


def test_answer_without_a_row_is_an_error_of_the_database(monkeypatch, new_payment):
    """A model whose settings were deleted answers nothing where one row is due."""

    async def nothing(*_, **__):
        return []

    async def ask():
        outbox = OutboxCalls(
            database_url="postgresql:///x", worker_id="w", pool_size=1, statement_timeout_seconds=1
        )
        monkeypatch.setattr(outbox, "_fetch", nothing)
        done = Outcome(state=State.DISPATCHED)
        for asking in (
            outbox.status(),
            outbox.expired_leases(),
            outbox.complete(new_payment(), done),
            outbox.report_late(new_payment(), done),
        ):
            with pytest.raises(DatabaseError) as refused:
                await asking
            assert refused.value.sqlstate == "P7001"

    asyncio.run(ask())


def test_no_session_state_is_left_on_a_pooled_connection():
    """One statement a transaction, nothing prepared, nothing set: a transaction pooler may stand between (CL-11)."""
    source = inspect.getsource(calls)
    statements = [value for name, value in vars(calls).items() if name.isupper() and "SELECT" in str(value)]
    assert len(statements) == 7
    for forbidden in ("SET ", "PREPARE", "advisory", "BEGIN", "DECLARE", "TEMP"):
        assert not any(forbidden in text for text in statements)
    assert '"prepare_threshold": None' in source and '"autocommit": True' in source


def test_statements_name_their_schema():
    """No search path decides what is called."""
    statements = [value for name, value in vars(calls).items() if name.isupper() and "SELECT" in str(value)]
    assert all("public." in text for text in statements)


@pytest.mark.parametrize(
    ("text", "stored"), [("a\0b", "ab"), ("x" * 5000, "x" * 2000), ("\ud800y", "y"), (None, None), ("é", "é")]
)
def test_telemetry_can_never_block_an_outcome(text, stored):
    """What PostgreSQL cannot hold is cut, here already (AR-06)."""
    telemetry = calls._telemetry(Outcome(state=State.FAILED, error_message=text, latency_ms=2**40))
    assert telemetry[3:] == (stored, 2**31 - 1)


@pytest.mark.parametrize(("given", "stored"), [(17, "17"), (ValueError("busy"), "busy"), (["é\0"], "['é\\x00']")])
def test_telemetry_of_another_type_is_stored_as_text(given, stored):
    """A rail that answers with a number or an exception where a text belongs blocks no outcome either."""
    assert calls._telemetry(Outcome(state=State.DISPATCHED, rail_reference=given))[0] == stored


def test_errors_without_an_answer_have_a_sqlstate():
    """The loss of a connection is 08006, and the text names no login."""
    error = calls._as_database_error(psycopg.OperationalError('connection to "secret@host" failed'))
    assert error.sqlstate == "08006" and "secret" not in str(error)
    refused = psycopg.OperationalError('"secret@host" failed: FATAL:  database "x" does not exist')
    error = calls._as_database_error(refused)
    assert error.sqlstate == "3D000" and str(error) == 'database "x" does not exist'
    assert calls._as_database_error(psycopg.DataError("NUL")).sqlstate == "22000"
    assert calls._as_database_error(psycopg.ProgrammingError("cannot adapt type")).sqlstate == "22000"


def test_payload_parses_without_losing_money(new_payment):
    """Numbers beyond a float's precision survive the client (CL-16)."""
    payment: Payment = new_payment(payload='{"amount": 90071992547409.93, "n": 9007199254740993}')
    assert [str(value) for value in payment.document().values()] == ["90071992547409.93", "9007199254740993"]

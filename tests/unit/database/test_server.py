"""Which servers runs can use, and what of one may be printed."""

import pytest

from leaseproof.database.server import Server, describe, refusal_of

USABLE = {"version": 150000, "version_text": "15.0", "standby": False, "user": "dba", "superuser": True}


def test_oldest_supported_server_is_taken() -> None:
    """PostgreSQL 15, a primary, as a superuser."""
    assert refusal_of(**USABLE) == ""  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (
            {"version": 149999, "version_text": "14.20"},
            "got PostgreSQL 14.20; expected 15 or newer; upgrade the server",
        ),
        ({"standby": True}, "got a standby; expected a primary"),
        ({"superuser": False}, "got the role dba, which is no superuser; expected one"),
    ],
)
def test_unusable_server_is_refused_with_the_next_step(fact: dict[str, object], expected: str) -> None:
    """Each reason has its own sentence, which says where to correct the URL."""
    refusal = refusal_of(**{**USABLE, **fact})  # type: ignore[arg-type]
    assert refusal.startswith(expected)
    assert refusal.endswith("correct OUTBOX_EVIDENCE_DB_URL or --db-url")


def test_password_of_a_server_is_never_shown() -> None:
    """Neither the display nor the repr has it."""
    server = Server(conninfo="postgresql://dba:hunter2@db.internal:5433/main", version=150018, private=False)
    assert server.display() == "PostgreSQL 15.18 at db.internal, port 5433, user dba, database main"
    assert "hunter2" not in repr(server)


def test_description_names_what_is_left_to_defaults() -> None:
    """A URL that says little is described with little."""
    assert describe("postgresql://") == "the default host, user (default), database (default)"


def test_connection_of_another_database_keeps_the_rest() -> None:
    """Only the database is replaced."""
    server = Server(conninfo="host=/run/pg port=5433 user=dba dbname=main", version=180004, private=True)
    assert describe(server.for_database("other one")) == "/run/pg, port 5433, user dba, database other one"

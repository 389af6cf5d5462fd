"""A session's steps on a wire that answers from a list."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from leaseproof.database.wire import Report
from leaseproof.proof.script import Command, Step
from leaseproof.proof.session import Session


@dataclass
class Silent:
    """A wire that takes everything and answers nothing."""

    sent: list[str] = field(default_factory=list)
    results: list[Any] = field(default_factory=list)
    notices: list[Report] = field(default_factory=list)
    copied: list[bytes] = field(default_factory=list)
    lost: Report | None = None
    failed_transaction: bool = True  # so that nobody asks for settings

    def send(self, sql: str) -> None:
        """Keep the text."""
        self.sent.append(sql)

    def advance(self) -> bool:
        """Be done at once."""
        return True


def session(**values: str) -> tuple[Session, Silent]:
    """Return a session on such a wire."""
    wire = Silent()
    return Session("a", wire, values), wire  # type: ignore[arg-type]


def step(*statements: str, gset: str | None = None) -> Step:
    """Return a step of these statements."""
    commands = tuple(Command(sql=sql, gset=gset) for sql in statements)
    return Step(name="s", session="a", phase="step", commands=commands, line=1, sql=";".join(statements))


def test_step_is_sent_statement_by_statement_with_its_values() -> None:
    """The next one only after the answer to the one before."""
    subject, wire = session(token="it's")
    assert subject.launch(step("SELECT :'token'", "SELECT 2")) is None
    assert wire.sent == ["SELECT 'it''s'"]
    assert subject.advance() is None
    assert wire.sent[1:] == ["SELECT 2"]
    outcome = subject.advance()
    assert outcome is not None
    assert (outcome.sqlstate, outcome.step, subject.busy) == ("00000", "s", False)


def test_value_that_nobody_stored_fails_the_step_before_it_is_sent() -> None:
    """With a class of its own: no data."""
    subject, wire = session()
    outcome = subject.launch(step("SELECT :'token'"))
    assert outcome is not None
    assert outcome.sqlstate == "02000"
    assert "token" in outcome.message
    assert wire.sent == []


def test_gset_without_a_row_fails_the_step() -> None:
    """As psql says it."""
    subject, _wire = session()
    subject.launch(step("SELECT 1 WHERE false", gset=""))
    outcome = subject.advance()
    assert outcome is not None
    assert (outcome.sqlstate, outcome.message) == ("02000", "no rows returned for \\gset")


def test_lost_connection_is_the_outcome_of_every_later_step() -> None:
    """With the server's last word, and the connection serves nobody again."""
    subject, wire = session()
    wire.lost = Report(severity="FATAL", sqlstate="57P01", message="terminating connection")
    for _ in range(2):
        outcome = subject.launch(step("SELECT 1"))
        assert outcome is not None
        assert outcome.sqlstate == "57P01"
    assert subject.stained


def test_notices_belong_to_the_step_that_raised_them() -> None:
    """Severity and text."""
    subject, wire = session()
    subject.launch(step("SELECT 1"))
    wire.notices.append(Report(severity="WARNING", sqlstate="01000", message="careful"))
    first = subject.advance()
    subject.launch(step("SELECT 1"))
    second = subject.advance()
    assert first is not None and second is not None
    assert (first.notices, second.notices) == (("WARNING: careful",), ())


@pytest.mark.parametrize(
    ("sql", "stained"),
    [
        ("SELECT * FROM t", False),
        ("UPDATE t SET a = b.c FROM b", False),
        ("SET work_mem = '1MB'", False),
        ("SET LOCAL lock_timeout = '1s'", False),
        ("SET outbox.retry_ceiling = 1", True),
        ("set session outbox.x to 1", True),
        ("SELECT set_config('outbox.x', '1', false)", True),
        ("SET ROLE x", True),
        ("SET SESSION AUTHORIZATION x", True),
        ("LOAD 'library'", True),
    ],
)
def test_connection_that_cannot_be_cleaned_is_marked(sql: str, stained: bool) -> None:
    """What outlives DISCARD ALL must not reach another proof."""
    subject, _wire = session()
    subject.launch(step(sql))
    assert subject.stained is stained


@pytest.mark.parametrize(
    ("sql", "sets", "uncounted"),
    [
        ("SELECT 1", False, False),
        ("SET deadlock_timeout = '10ms'", True, False),
        ("SET track_counts = off", False, True),
        ("SELECT pg_stat_reset()", False, True),
    ],
)
def test_session_that_bends_the_engines_senses_is_known(sql: str, sets: bool, uncounted: bool) -> None:
    """Deadlocks of its own making, and writes that the server does not count."""
    subject, _wire = session()
    subject.launch(step(sql))
    assert (subject.sets_deadlock_timeout, subject.uncounted) == (sets, uncounted)

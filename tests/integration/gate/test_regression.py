"""The regression queries on one database, and the task that runs them on a deployed one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from leaseproof.database.marks import mark_broken
from leaseproof.database.run import Run, open_run
from leaseproof.errors import DatabaseError, LeaseproofError
from leaseproof.gate.regression import examine, examine_run, standing_invariants
from leaseproof.proof.fixtures import BrokenOnPurpose, ConnectAs

ROOT = Path(__file__).parents[3]
INVARIANTS = standing_invariants(ROOT)


def regress(url: str | None) -> tuple[int, str]:
    """Run the task and return its exit code and output."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("LEASEPROOF_", "OUTBOX_"))
    }
    options = ["--db-url", url] if url else []
    command = [sys.executable, "-m", "invoke", "regression", *options]
    ended = subprocess.run(
        command, cwd=ROOT, env=kept, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return ended.returncode, ended.stdout


def break_lease(connect_as: ConnectAs, database: str) -> None:
    """Forge half a lease, past every check and trigger, as the owner of the server can."""
    owner = connect_as("owner", database)
    owner.execute("SELECT enqueue_payment_outbox('i', 'p', 'k', 'SEPA', '{}')")
    owner.execute("ALTER TABLE payment_outbox_pending DISABLE TRIGGER ALL")
    for (name,) in owner.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = 'payment_outbox_pending'::regclass AND contype"
        " = 'c'"
    ).fetchall():
        owner.execute(f"ALTER TABLE payment_outbox_pending DROP CONSTRAINT {name}")
    owner.execute("UPDATE payment_outbox_pending SET claimed_by = 'nobody'")


def test_regression_finds_nothing_in_a_sound_database(database: str, connect_as: ConnectAs) -> None:
    """A database with the model and a payment holds every invariant."""
    connect_as("outbox_ingest", database).execute(
        "SELECT enqueue_payment_outbox('i', 'p', 'k', 'SEPA', '{}')"
    )
    found = examine(connect_as("owner", database), INVARIANTS)
    assert (found.dispatching, found.violations, found.holds) == (0, (), True)


def test_regression_writes_nothing(database: str, connect_as: ConnectAs) -> None:
    """The queries run in a transaction that cannot write."""
    spoiled = INVARIANTS[0].__class__(
        name="writes", claim="Writes.", sql="SELECT public.close_outbox_claims('x')"
    )
    with pytest.raises(DatabaseError) as refused:
        examine(connect_as("owner", database), [spoiled])
    assert refused.value.sqlstate == "25006"


def test_regression_names_a_database_without_the_model(leaseproof_run: Run, connect_as: ConnectAs) -> None:
    """A wrong database is an error with a next step, not a pass."""
    with pytest.raises(LeaseproofError, match="got a database without payment_outbox_attempts"):
        examine(connect_as("owner", "postgres"), INVARIANTS)


def test_regression_names_a_role_that_may_not_look(database: str, connect_as: ConnectAs) -> None:
    """A role without the right to read is an error with a next step, not a pass."""
    with pytest.raises(LeaseproofError, match="got a role that may not read"):
        examine(connect_as("stranger", database), INVARIANTS)


def test_regression_task_judges_a_deployed_database(
    leaseproof_run: Run, database: str, connect_as: ConnectAs, broken_on_purpose: BrokenOnPurpose
) -> None:
    """The task prints each count and is red as soon as one is not zero."""
    url = leaseproof_run.conninfo(database)
    code, output = regress(url)
    assert (code, "SELECT COUNT(*) FROM payment_outbox_attempts WHERE state='DISPATCHING';" in output) == (
        0,
        True,
    ), output
    assert max(len(line) for line in output[: output.index("\nNothing found")].splitlines()) <= 80
    break_lease(connect_as, database)
    broken_on_purpose(database, "catalog_is_exact", "lease_is_whole")
    code, output = regress(url)
    assert code == 1
    assert "lease_is_whole, the first rows:" in output


def test_regression_task_without_a_database_says_what_to_do() -> None:
    """With no URL and no local server the task says what it needs."""
    code, output = regress(None)
    assert (code, "name one, or call invoke db.up" in output) in [(1, True), (0, False)]


def test_regression_of_a_run_wants_marks_to_be_true(leaseproof_run: Run) -> None:
    """A mark on a database that is not broken is a problem; a true one is listed as an exception."""
    with open_run(url=leaseproof_run.server.conninfo, root=ROOT) as run:
        database = run.create_database("marked")
        with run.connect("owner", database) as owner:
            mark_broken(owner, database, invariants=["lease_is_whole"], by="a test")
        found, names = examine_run(run, INVARIANTS)
        assert names == (database,)
        assert found.problems == (
            f"{database}: a test said that it breaks lease_is_whole, which holds; take the mark away",
        )
        with run.connect("owner", database) as owner:
            break_lease(lambda _role, _database: owner, database)
            mark_broken(owner, database, invariants=["catalog_is_exact", "lease_is_whole"], by="a test")
        found, _ = examine_run(run, INVARIANTS)
        assert (found.problems, found.exceptions) == (
            (),
            ("catalog_is_exact: a test", "lease_is_whole: a test"),
        )

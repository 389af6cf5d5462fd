"""What applying sql/ again heals, and what it leaves to the owner."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from leaseproof.database.apply import apply
from leaseproof.database.invariants import check, load_invariants
from leaseproof.database.run import Run, open_run

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Yield a run on a private server with the project's own model."""
    with open_run(url=None, root=ROOT) as opened:
        yield opened


def test_applying_again_opens_no_claims_and_moves_no_limit(run: Run) -> None:
    """The row of limits is the owner's: a restored copy stays closed, limits stay as set."""
    name = run.create_database("again")
    with run.connect("owner", name) as connection:
        connection.execute(
            "UPDATE outbox_settings SET incarnation = 'another', claims_open = false, claims_closed_reason = 'x', retry_ceiling = 7"
        )
        before = connection.execute("SELECT s::text FROM outbox_settings AS s").fetchall()
        apply(connection, ROOT / "sql", for_run=True)
        assert connection.execute("SELECT s::text FROM outbox_settings AS s").fetchall() == before


def test_applying_again_heals_what_crept_in(run: Run) -> None:
    """Grants, triggers and owners that differ are as they should be afterwards."""
    name = run.create_database("healed")
    invariants = load_invariants(ROOT / "sql" / "invariants")
    with run.connect("owner", name) as connection:
        connection.execute("GRANT UPDATE ON payment_outbox_pending TO outbox_executor")
        connection.execute("GRANT SELECT ON payment_outbox_attempts TO PUBLIC")
        connection.execute("GRANT EXECUTE ON FUNCTION open_outbox_claims() TO outbox_executor")
        connection.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
        connection.execute("ALTER TABLE payment_outbox_attempts DISABLE TRIGGER payment_outbox_attempts_append_only")
        connection.execute("ALTER TABLE payment_outbox_pending DISABLE TRIGGER payment_outbox_pending_no_vanishing")
        connection.execute("ALTER FUNCTION claim_outbox_batch SECURITY INVOKER")
        assert {v.invariant.name for v in check(connection, invariants)} == {"catalog_is_exact"}
        apply(connection, ROOT / "sql", for_run=True)
        assert check(connection, invariants) == ()

"""The catalog of the real model: one order, every change seen, the same wording on every version."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from leaseproof.database import binaries, catalog, drift
from leaseproof.database.invariants import check, load_invariants
from leaseproof.database.run import Run, open_run

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Yield a run on a private server with the project's own model."""
    with open_run(url=None, root=ROOT) as opened:
        yield opened


CHANGES = (
    (
        "ALTER TABLE payment_outbox_attempts DISABLE TRIGGER payment_outbox_attempts_append_only",
        "different trigger",
    ),
    ("DROP INDEX payment_outbox_attempts_one_terminal_per_outbox", "missing   index"),
    ("CREATE INDEX extra ON payment_outbox_pending (rail_type)", "unknown   index extra"),
    (
        "ALTER TABLE payment_outbox_pending ADD COLUMN note text",
        "unknown   column payment_outbox_pending.note",
    ),
    ("ALTER TABLE payment_outbox_pending ALTER COLUMN attempt_count DROP NOT NULL", "different column"),
    ("ALTER TABLE payment_outbox_pending ALTER COLUMN attempt_count SET DEFAULT 7", "different column"),
    (
        "ALTER TABLE payment_outbox_attempts DROP CONSTRAINT payment_outbox_attempts_no_new_dispatching",
        "missing   constraint",
    ),
    (
        "ALTER TABLE payment_outbox_pending ADD CONSTRAINT extra CHECK (true)",
        "unknown   constraint payment_outbox_pending.extra",
    ),
    ("ALTER TABLE payment_outbox_pending SET UNLOGGED", "different table payment_outbox_pending"),
    (
        "ALTER TABLE payment_outbox_pending ENABLE ROW LEVEL SECURITY",
        "different table payment_outbox_pending",
    ),
    ("CREATE RULE extra AS ON DELETE TO payment_outbox_attempts DO INSTEAD NOTHING", "unknown   rule"),
    ("GRANT UPDATE ON payment_outbox_pending TO outbox_executor", "unknown   grant UPDATE on table"),
    (
        "GRANT SELECT (rail_reference) ON payment_outbox_attempts TO outbox_readonly",
        "unknown   grant SELECT on column",
    ),
    ("GRANT EXECUTE ON FUNCTION open_outbox_claims() TO PUBLIC", "unknown   grant EXECUTE on function"),
    (
        "REVOKE EXECUTE ON FUNCTION claim_outbox_batch FROM outbox_executor",
        "missing   grant EXECUTE on function",
    ),
    ("GRANT CREATE ON SCHEMA public TO PUBLIC", "unknown   grant CREATE on schema"),
    ("ALTER FUNCTION claim_outbox_batch SECURITY INVOKER", "different function public.claim_outbox_batch"),
    (
        "ALTER FUNCTION claim_outbox_batch SET search_path = public",
        "different function public.claim_outbox_batch",
    ),
    ("ALTER FUNCTION claim_outbox_batch OWNER TO postgres", "different function public.claim_outbox_batch"),
    (
        "CREATE FUNCTION claim_outbox_batch() RETURNS void LANGUAGE sql AS ''",
        "unknown   function public.claim_outbox_batch()",
    ),
    (
        "ALTER VIEW supervisor_outbox_status SET (security_invoker = true)",
        "different view supervisor_outbox_status",
    ),
    (
        "ALTER TYPE payment_outbox_attempt_state ADD VALUE 'PARKED'",
        "different enum payment_outbox_attempt_state",
    ),
)


@pytest.mark.parametrize(("change", "expected"), CHANGES)
def test_change_of_the_model_is_drift(run: Run, change: str, expected: str) -> None:
    """Each kind of tampering is seen, and an untouched database has no difference."""
    with run.connect("owner", _shared(run)) as connection:
        model = catalog.items(connection, *drift.COMPARED)
        assert drift.compare(model, catalog.items(connection, *drift.COMPARED)) == ()
        copy = run.create_database(f"drift_{CHANGES.index((change, expected))}")
    with run.connect("owner", copy) as connection:
        connection.execute(change)  # type: ignore[call-overload]
        lines = [
            difference.line()
            for difference in drift.compare(model, catalog.items(connection, *drift.COMPARED))
        ]
    assert any(line.startswith(expected) for line in lines), lines


def _shared(run: Run) -> str:
    names = [name for name in run.databases() if name.endswith("_untouched")]
    return names[0] if names else run.create_database("untouched")


def test_grants_name_every_grantee(run: Run) -> None:
    """The evidence's list has the executor's functions and nothing that PUBLIC may execute of the model's."""
    with run.connect("owner", _shared(run)) as connection:
        grants = catalog.grants(connection)
    executor = {
        grant.object_name
        for grant in grants
        if grant.grantee == "outbox_executor" and grant.privilege == "EXECUTE"
    }
    assert any(name.startswith("public.claim_outbox_batch(") for name in executor)
    assert [grant for grant in grants if grant.grantee == "PUBLIC" and grant.object_kind == "function"] == []
    assert list(grants) == sorted(
        grants, key=lambda g: (g.object_kind, g.object_name, g.grantee, g.privilege)
    )


def test_any_role_reads_the_same_catalog(run: Run) -> None:
    """What an auditor's role sees is what the owner sees."""
    name = _shared(run)
    with run.connect("owner", name) as owner, run.connect("stranger", name) as stranger:
        assert catalog.items(stranger) == catalog.items(owner)


def test_other_major_versions_word_the_model_alike(run: Run) -> None:
    """The catalog of PostgreSQL 15 and 16 does not differ."""
    with run.connect("owner", _shared(run)) as connection:
        newest = catalog.items(connection, *drift.COMPARED)
    compared = 0
    for folder in (binaries.find(15), binaries.find(16)):
        if folder is not None:
            compared += 1
            with open_run(url=None, root=ROOT, binaries=folder) as other:
                with other.connect("owner", other.create_database("older")) as connection:
                    older = catalog.items(connection, *drift.COMPARED)
            differing = {difference.name for difference in drift.compare(newest, older)}
            assert differing == set()
    assert compared > 0


TAMPERED = (
    ("ALTER TABLE payment_outbox_attempts SET UNLOGGED", "(table,payment_outbox_attempts"),
    ("ALTER TABLE payment_outbox_keys ENABLE ROW LEVEL SECURITY", "(table,payment_outbox_keys"),
    ("CREATE TABLE more () INHERITS (payment_outbox_attempts)", "(table,payment_outbox_attempts"),
    (
        "CREATE RULE extra AS ON INSERT TO payment_outbox_attempts DO INSTEAD NOTHING",
        "(table,payment_outbox_attempts",
    ),
    ("ALTER TABLE payment_outbox_attempts OWNER TO outbox_control", "(owner,payment_outbox_attempts"),
    ("ALTER TABLE payment_outbox_pending OWNER TO pg_monitor", "(owner,payment_outbox_pending"),
    ("ALTER FUNCTION open_outbox_claims OWNER TO outbox_executor", "(owner,open_outbox_claims"),
    ("ALTER TYPE payment_outbox_attempt_state OWNER TO outbox_executor", "(owner,payment_outbox_attempt_state"),
    (
        "GRANT SELECT ON payment_outbox_attempts TO outbox_control WITH GRANT OPTION",
        "(grant,\"payment_outbox_attempts to outbox_control",
    ),
    (
        "GRANT SELECT (state) ON payment_outbox_attempts TO outbox_auditor WITH GRANT OPTION",
        "(grant,\"payment_outbox_attempts to outbox_auditor",
    ),
    (
        "GRANT EXECUTE ON FUNCTION claim_outbox_batch TO outbox_executor WITH GRANT OPTION",
        "(function,claim_outbox_batch",
    ),
    (
        "GRANT UPDATE ON outbox_settings TO outbox_control",
        "(grant,\"outbox_settings to outbox_control",
    ),
    (
        "GRANT UPDATE ON payment_outbox_pending TO outbox_executor",
        "(grant,\"payment_outbox_pending to outbox_executor",
    ),
    ("GRANT EXECUTE ON FUNCTION open_outbox_claims() TO PUBLIC", "(function,open_outbox_claims"),
    (
        "CREATE FUNCTION helper() RETURNS void LANGUAGE sql SECURITY DEFINER AS ''; "
        "ALTER FUNCTION helper() OWNER TO outbox_control",
        "helper()",
    ),
    ("CREATE FUNCTION claim_outbox_batch() RETURNS void LANGUAGE sql AS ''", "overload"),
    ("ALTER FUNCTION claim_outbox_batch SET search_path = public", "path_is_pinned"),
    ("ALTER FUNCTION claim_outbox_batch SECURITY INVOKER", "security_definer"),
    ("ALTER FUNCTION claim_outbox_batch SET synchronous_commit = off", "path_is_pinned"),
    ("ALTER FUNCTION claim_outbox_batch OWNER TO postgres", "owner_is_right"),
    ("DROP FUNCTION report_late_outcome", "report_late_outcome"),
    ("DROP TRIGGER payment_outbox_keys_append_only ON payment_outbox_keys", "payment_outbox_keys_append_only"),
    (
        "ALTER TABLE payment_outbox_attempts ENABLE TRIGGER payment_outbox_attempts_append_only",
        "payment_outbox_attempts_append_only",
    ),
    (
        "CREATE OR REPLACE TRIGGER payment_outbox_attempts_append_only BEFORE UPDATE OR DELETE"
        " ON payment_outbox_attempts FOR EACH ROW WHEN (false) EXECUTE FUNCTION refuse_change_of_ledger();"
        " ALTER TABLE payment_outbox_attempts ENABLE ALWAYS TRIGGER payment_outbox_attempts_append_only",
        "(trigger,payment_outbox_attempts_append_only",
    ),
    (
        "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        " CREATE OR REPLACE TRIGGER payment_outbox_pending_no_truncate BEFORE TRUNCATE"
        " ON payment_outbox_pending FOR EACH STATEMENT EXECUTE FUNCTION nothing()",
        "(trigger,payment_outbox_pending_no_truncate",
    ),
    ("ALTER TABLE payment_outbox_pending DISABLE TRIGGER ALL", '"constraint trigger",payment_outbox_pending'),
    (
        "ALTER TABLE payment_outbox_keys DROP CONSTRAINT payment_outbox_keys_one_payment_per_request",
        "(constraint,payment_outbox_keys_one_payment_per_request",
    ),
    ("DROP INDEX payment_outbox_attempts_one_terminal_per_outbox", "terminal guard"),
    (
        "DROP INDEX payment_outbox_attempts_one_terminal_per_outbox; CREATE UNIQUE INDEX"
        " payment_outbox_attempts_one_terminal_per_outbox ON payment_outbox_attempts (outbox_id, state)"
        " WHERE state IN ('DISPATCHED', 'FAILED')",
        "terminal guard",
    ),
    (
        "UPDATE pg_index SET indisvalid = false"
        " WHERE indexrelid = 'payment_outbox_pending_one_row_per_request'::regclass",
        "payment_outbox_pending_one_row_per_request",
    ),
    (
        "ALTER TABLE payment_outbox_pending ADD CONSTRAINT late CHECK (lease_epoch < 9) NOT VALID",
        "not validated",
    ),
    ("ALTER ROLE outbox_executor CREATEROLE", "outbox_executor"),
    ("ALTER ROLE outbox_control LOGIN", "outbox_control"),
    ("GRANT outbox_control TO outbox_executor", "(membership,outbox_executor"),
    ("GRANT pg_write_all_data TO outbox_executor", "(membership,outbox_executor"),
    ("ALTER ROLE outbox_executor SET session_replication_role = replica", "(setting,outbox_executor"),
    ("GRANT CREATE ON SCHEMA public TO PUBLIC", "CREATE granted to PUBLIC"),
    ("GRANT CREATE ON SCHEMA public TO outbox_control", "CREATE granted to outbox_control"),
)


@pytest.mark.parametrize(("change", "named"), TAMPERED)
def test_tampering_is_seen_by_the_standing_invariant(run: Run, change: str, named: str) -> None:
    """What would undo the model by its catalog is a row of catalog_is_exact that names it."""
    invariants = load_invariants(ROOT / "sql" / "invariants")
    with run.connect("owner", _shared(run)) as connection, connection.transaction(force_rollback=True):
        connection.execute(change)  # type: ignore[call-overload]
        (violation,) = check(connection, invariants)
    assert violation.invariant.name == "catalog_is_exact"
    assert any(named in row for row in violation.rows), violation.rows


def test_invariants_hold_on_an_empty_model(run: Run) -> None:
    """A fresh database violates nothing, and one wrong row is named with what was found."""
    invariants = load_invariants(ROOT / "sql" / "invariants")
    name = run.create_database("invariants")
    with run.connect("owner", name) as connection:
        assert check(connection, invariants) == ()
        connection.execute("DELETE FROM outbox_settings")
        connection.execute("GRANT UPDATE ON payment_outbox_pending TO outbox_executor")
        violations = check(connection, invariants)
    assert {violation.invariant.name for violation in violations} >= {
        "settings_have_one_row",
        "catalog_is_exact",
    }
    assert all(violation.row_count >= len(violation.rows) > 0 for violation in violations)

"""No proof sees anything of the one before it: not in the database, not in a session."""

from collections.abc import Callable

import pytest

from leaseproof.proof.manifest import Proof
from leaseproof.proof.pool import Pool
from leaseproof.proof.runner import run_proof

WritePair = Callable[[str, str], Proof]
SESSION = '[sessions]\na = "owner"\n'

LOOK = """-- @step look: a
SELECT (SELECT count(*) FROM pg_prepared_statements WHERE name NOT LIKE 'leaseproof_%') AS prepared,
       to_regclass('pg_temp.left_over') AS temp_table,
       current_setting('work_mem') AS setting,
       current_setting('leaseproof.custom', true) AS custom,
       (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database =
        (SELECT oid FROM pg_database WHERE datname = current_database())) AS advisory,
       (SELECT count(*) FROM pg_listening_channels()) AS channels,
       (SELECT count(*) FROM pg_cursors WHERE is_holdable) AS cursors,
       current_user = session_user AS same_user,
       (SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()) AS prepared_transactions,
       current_setting('search_path') AS path,
       current_setting('session_replication_role') AS replica;
"""
CLEAN = (
    '[expect]\nlook = { rows = [[0, "<NULL>", "4MB", "<NULL>", 0, 0, 0, true, 0, "\\"$user\\", public",'
    ' "origin"]] }\n'
)
DIRT = {
    "prepared_statement": "PREPARE p AS SELECT 1;",
    "temp_table": "CREATE TEMP TABLE left_over (x int);",
    "setting": "SET work_mem = '1MB';",
    "setting_by_function": "SELECT set_config('work_mem', '1MB', false);",
    "custom_setting": "SET leaseproof.custom = 'x';",
    "custom_setting_by_function": "SELECT set_config('leaseproof.custom', 'x', false);",
    "advisory_lock": "SELECT pg_advisory_lock(1);",
    "listen": "LISTEN something;",
    "cursor": "BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT 1; COMMIT;",
    "open_transaction": "BEGIN; UPDATE accounts SET balance = 0; SELECT pg_advisory_xact_lock(1);",
    "failed_transaction": "BEGIN; SELECT pg_advisory_xact_lock(1);",
    "prepared_transaction": "BEGIN; UPDATE accounts SET balance = 0; PREPARE TRANSACTION 'left-over';",
    "role": "SET ROLE outbox_executor;",
    "session_authorization": "SET SESSION AUTHORIZATION outbox_executor;",
    "search_path": "SET search_path = pg_temp;",
    "replication_role": "SET session_replication_role = replica;",
}


@pytest.mark.parametrize("name", sorted(DIRT))
def test_session_state_does_not_reach_the_next_proof(name: str, write_pair: WritePair, pool: Pool) -> None:
    """Whatever a step leaves in its session is gone."""
    left = run_proof(write_pair(f"-- @step leave: a\n{DIRT[name]}\n", SESSION), pool)
    assert left.result == "passed", left.schedules
    result = run_proof(write_pair(LOOK, SESSION + CLEAN), pool)
    assert result.result == "passed", result.schedules


CONTENTS = """-- @step look: a
SELECT (SELECT string_agg(a::text, ' ' ORDER BY name) FROM accounts AS a) AS accounts,
       (SELECT string_agg(j::text, ' ' ORDER BY id) FROM jobs AS j) AS jobs,
       (SELECT count(*) FROM ledger) AS ledger,
       (SELECT last_value FROM jobs_id_seq) AS sequence,
       (SELECT string_agg(tgname || tgenabled::text, ' ' ORDER BY tgname) FROM pg_trigger
         WHERE tgrelid = 'ledger'::regclass) AS triggers;
"""
FRESH = (
    '[expect]\nlook = { rows = [["(checking,600) (savings,600)", "(1,1,2) (2,2,4)", 0, 2,'
    ' "ledger_is_append_onlyA ledger_is_not_truncatedA"]] }\n'
)
CONTENT_CHANGES = {
    "update": "UPDATE accounts SET balance = 1;",
    "insert": "INSERT INTO accounts VALUES ('other', 1);",
    "delete": "DELETE FROM jobs;",
    "ledger": "INSERT INTO ledger VALUES ('kept for ever');",
    "sequence": "SELECT nextval('jobs_id_seq');",
    "sequence_set": "SELECT setval('jobs_id_seq', 77);",
    "insert_with_sequence": "INSERT INTO jobs (priority) VALUES (7);",
    "quotes": "INSERT INTO accounts VALUES (E'it''s \\\\ \"q\"', 1);",
}
CATALOG_CHANGES = {
    "table": "CREATE TABLE extra (x int);",
    "column": "ALTER TABLE ledger ADD COLUMN extra int;",
    "column_type": "ALTER TABLE ledger ALTER COLUMN note TYPE varchar(9);",
    "default": "ALTER TABLE ledger ALTER COLUMN note SET DEFAULT 'x';",
    "function": "CREATE OR REPLACE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql"
    " AS 'BEGIN RETURN OLD; END';",
    "trigger_off": "ALTER TABLE ledger DISABLE TRIGGER ALL;",
    "trigger_mode": "ALTER TABLE ledger ENABLE TRIGGER ledger_is_append_only;",
    "grant": "GRANT SELECT ON ledger TO PUBLIC;",
    "column_grant": "GRANT SELECT (note) ON ledger TO PUBLIC;",
    "builtin_grant": "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) FROM PUBLIC;",
    "constraint": "ALTER TABLE accounts DROP CONSTRAINT balance_is_not_negative;",
    "index": "CREATE INDEX ON ledger (note);",
    "schema": "CREATE SCHEMA extra;",
    "comment": "COMMENT ON TABLE ledger IS 'x';",
    "row_security": "ALTER TABLE ledger ENABLE ROW LEVEL SECURITY;",
    "rule": "CREATE RULE quiet AS ON DELETE TO ledger DO INSTEAD NOTHING;",
    "default_privileges": "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;",
    "large_object": "SELECT lo_create(0);",
    "event_trigger": "CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';",
    "in_a_function": "DO $$ BEGIN EXECUTE 'CREATE TABLE hidden ()'; END $$;",
    "uncounted": "SET track_counts = off; CREATE TABLE uncounted (x int);",
    "counters_reset": "CREATE TABLE counted (x int); SELECT pg_stat_reset();",
}


def databases_for(pool: Pool, write_pair: WritePair, statement: str) -> tuple[str, str]:
    """Run a proof with the statement and one that looks; return the databases of both."""
    left = run_proof(write_pair(f"-- @step change: a\n{statement}\n", SESSION), pool)
    assert left.result == "passed", left.schedules
    before = pool.current.database
    result = run_proof(write_pair(CONTENTS, SESSION + FRESH), pool)
    assert result.result == "passed", result.schedules
    return before, pool.current.database


@pytest.mark.parametrize("name", sorted(CONTENT_CHANGES))
def test_contents_are_put_back_in_the_same_database(name: str, write_pair: WritePair, pool: Pool) -> None:
    """Rows, generated columns, sequences and triggers are as in a fresh database."""
    before, after = databases_for(pool, write_pair, CONTENT_CHANGES[name])
    assert before == after


@pytest.mark.parametrize("name", sorted(CATALOG_CHANGES))
def test_changed_catalog_gets_a_new_database(name: str, write_pair: WritePair, pool: Pool) -> None:
    """Whatever is not contents is not put back but replaced."""
    before, after = databases_for(pool, write_pair, CATALOG_CHANGES[name])
    assert before != after


def test_temporary_tables_do_not_cost_a_database(write_pair: WritePair, pool: Pool) -> None:
    """They are gone with the session's state, and the catalog is as it was."""
    statement = "CREATE TEMP TABLE t AS SELECT 1 AS x; UPDATE accounts SET balance = 3;"
    before, after = databases_for(pool, write_pair, statement)
    assert before == after


def test_refused_statement_costs_no_reset(write_pair: WritePair, pool: Pool) -> None:
    """A proof that changed nothing leaves nothing to put back."""
    proof = write_pair("-- @step refused: a\nDELETE FROM ledger;\n", SESSION)
    run_proof(proof, pool)
    arena = pool.take()
    resets = arena.resets
    run_proof(proof, pool)
    assert pool.take().resets == resets


def test_fresh_database_is_never_a_used_one(write_pair: WritePair, pool: Pool) -> None:
    """Where the manifest asks for it."""
    proof = write_pair("-- @step look: a\nSELECT 1;\n", "fresh_database = true\n" + SESSION)
    run_proof(proof, pool)
    first = pool.current.database
    run_proof(proof, pool)
    assert pool.current.database != first

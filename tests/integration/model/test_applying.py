"""Applying the model where somebody was before: nothing of a stranger's becomes part of it."""

import time
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from leaseproof.database.apply import apply
from leaseproof.database.connection import Connection
from leaseproof.database.invariants import check, load_invariants
from leaseproof.database.run import Run
from leaseproof.errors import DatabaseError
from leaseproof.proof.fixtures import ConnectAs


@pytest.fixture
def empty_database(leaseproof_run: Run, request: pytest.FixtureRequest) -> str:
    """Return a database of this test's own that has nothing of the model."""
    return leaseproof_run.create_database(f"bare_{zlib.crc32(request.node.name.encode()):08x}", template="template0")


@pytest.fixture
def owner_and_stranger(empty_database: str, connect_as: ConnectAs) -> tuple[Connection, Connection]:
    """Return connections to a database in which everybody may create objects, as in those from PostgreSQL 14."""
    owner, stranger = connect_as("owner", empty_database), connect_as("stranger", empty_database)
    owner.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
    return owner, stranger


def test_object_that_a_stranger_made_before_is_refused(
    leaseproof_run: Run, owner_and_stranger: tuple[Connection, Connection]
) -> None:
    """Its maker could put a trigger on it that runs as the owner; databases from PostgreSQL 14 let everybody create."""
    owner, stranger = owner_and_stranger
    stranger.execute("CREATE TABLE public.outbox_settings (singleton boolean)")
    stranger.execute("CREATE FUNCTION public.outbox_clock() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'")
    with pytest.raises(DatabaseError, match="a name of the model belongs to another role") as refused:
        apply(owner, leaseproof_run.root / "sql", for_run=True)
    assert refused.value.sqlstate == "P7001"
    assert owner.execute("SELECT to_regclass('public.payment_outbox_pending')").fetchone() == (None,)


def test_role_that_is_no_superuser_is_refused(leaseproof_run: Run, empty_database: str, connect_as: ConnectAs) -> None:
    """It could not give the functions to a role without members; it is told so before anything is made."""
    owner, stranger = connect_as("owner", empty_database), connect_as("stranger", empty_database)
    with pytest.raises(DatabaseError, match="sql/ is applied by a superuser") as refused:
        apply(stranger, leaseproof_run.root / "sql", for_run=True)
    assert refused.value.sqlstate == "P7001"
    assert owner.execute("SELECT to_regclass('public.outbox_settings')").fetchone() == (None,)


def test_default_privileges_give_no_role_anything(
    leaseproof_run: Run, empty_database: str, connect_as: ConnectAs
) -> None:
    """Rights that the schema gives by default to a role that the model does not know are taken away again."""
    owner = connect_as("owner", empty_database)
    (stranger,) = connect_as("stranger", empty_database).execute("SELECT quote_ident(current_user)").fetchone() or ("",)
    for what in ("ALL ON TABLES", "EXECUTE ON FUNCTIONS"):
        owner.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {what} TO {stranger}, PUBLIC")
    apply(owner, leaseproof_run.root / "sql", for_run=True)
    owner.execute(f"GRANT UPDATE (payload) ON payment_outbox_pending TO {stranger} WITH GRANT OPTION")
    apply(owner, leaseproof_run.root / "sql", for_run=True)
    assert check(owner, load_invariants(leaseproof_run.root / "sql" / "invariants")) == ()


def test_database_that_cannot_store_every_text_is_refused(leaseproof_run: Run, connect_as: ConnectAs) -> None:
    """In another encoding than UTF8 the rail's own words could keep an outcome from being recorded."""
    name = leaseproof_run.create_database("not_utf8", template="template0")
    with connect_as("owner", name) as owner:
        try:
            owner.execute(f"CREATE DATABASE {name}_latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
            with connect_as("owner", f"{name}_latin") as latin, pytest.raises(DatabaseError, match="got encoding LATIN1") as refused:
                apply(latin, leaseproof_run.root / "sql", for_run=True)
        finally:
            owner.execute(f"DROP DATABASE IF EXISTS {name}_latin WITH (FORCE)")
    assert refused.value.sqlstate == "P7001"


def test_functions_of_a_stranger_are_never_run(
    leaseproof_run: Run, owner_and_stranger: tuple[Connection, Connection]
) -> None:
    """What a stranger left in public fits the calls in sql/ better than what PostgreSQL brings, and is passed over."""
    owner, stranger = owner_and_stranger
    stranger.execute("CREATE TABLE public.ran (what text)")
    owner.execute("GRANT INSERT ON public.ran TO PUBLIC")
    for signature, returned, answer in (
        ("format(text, text)", "text", "pg_catalog.format($1, VARIADIC ARRAY[$2])"),
        ("num_nonnulls(uuid, text, timestamptz, timestamptz, xid8, text)", "integer", "0"),
        ("same(oid, regnamespace)", "boolean", "$1 OPERATOR(pg_catalog.=) $2"),
    ):
        stranger.execute(
            f"CREATE FUNCTION public.{signature} RETURNS {returned} LANGUAGE plpgsql AS"
            f" $$ BEGIN INSERT INTO public.ran VALUES ('{signature}'); RETURN {answer}; END $$"
        )
    stranger.execute("CREATE OPERATOR public.= (FUNCTION = public.same, LEFTARG = oid, RIGHTARG = regnamespace)")
    apply(owner, leaseproof_run.root / "sql", for_run=True)
    assert owner.execute("SELECT * FROM public.ran").fetchall() == []
    assert check(owner, load_invariants(leaseproof_run.root / "sql" / "invariants")) == ()


def test_name_of_an_index_that_a_stranger_took_is_refused(
    leaseproof_run: Run, owner_and_stranger: tuple[Connection, Connection]
) -> None:
    """CREATE INDEX IF NOT EXISTS would leave out the guard of the final outcome."""
    owner, stranger = owner_and_stranger
    stranger.execute("CREATE TABLE public.payment_outbox_attempts_one_terminal_per_outbox ()")
    with pytest.raises(DatabaseError, match="a name of the model belongs to another role"):
        apply(owner, leaseproof_run.root / "sql", for_run=True)


@pytest.mark.parametrize("statement", ["ALTER SCHEMA public OWNER TO {}", "ALTER DATABASE {database} OWNER TO {}"])
def test_schema_of_somebody_else_is_refused(
    statement: str, leaseproof_run: Run, empty_database: str, connect_as: ConnectAs
) -> None:
    """Its owner, also by owning the database, could drop triggers, guards and tables; the sentence says what mends it."""
    owner = connect_as("owner", empty_database)
    (stranger,) = connect_as("stranger", empty_database).execute("SELECT quote_ident(current_user)").fetchone() or ("",)
    owner.execute(statement.format(stranger, database=empty_database))
    with pytest.raises(DatabaseError, match="belongs to a role that could drop the model") as refused:
        apply(owner, leaseproof_run.root / "sql", for_run=True)
    assert refused.value.sqlstate == "P7001"
    owner.execute("ALTER SCHEMA public OWNER TO CURRENT_USER")
    apply(owner, leaseproof_run.root / "sql", for_run=True)


def test_lost_row_of_limits_comes_back_with_claims_closed(database: str, leaseproof_run: Run, connect_as: ConnectAs) -> None:
    """Nobody knows whether claims were open: with payments there they stay closed until the owner has reconciled."""
    owner, worker = connect_as("owner", database), connect_as("outbox_executor", database)
    connect_as("outbox_ingest", database).execute("SELECT enqueue_payment_outbox('i', 'p', 'k', 'sepa', '{}')")
    owner.execute("SELECT close_outbox_claims('restored, not reconciled')")
    owner.execute("DELETE FROM outbox_settings")
    apply(owner, leaseproof_run.root / "sql", for_run=True)
    with pytest.raises(DatabaseError, match="CLAIMS_CLOSED") as refused:
        worker.execute("SELECT claim_outbox_batch(1, 'w', 30)")
    assert refused.value.sqlstate == "P7007"
    owner.execute("SELECT open_outbox_claims()")
    assert len(worker.execute("SELECT claim_outbox_batch(1, 'w', 30)").fetchall()) == 1


def test_applying_again_waits_for_traffic_and_deadlocks_with_nobody(
    database: str, leaseproof_run: Run, connect_as: ConnectAs
) -> None:
    """An enqueue and a report that are under way end first, whatever else they write; then sql/ is applied."""
    owner, watcher = connect_as("owner", database), connect_as("owner", database)
    ingest, late = connect_as("outbox_ingest", database), connect_as("outbox_executor", database)
    enqueue = "SELECT outbox_id FROM enqueue_payment_outbox(%s, 'p', 'k', 'sepa', '{}')"
    for name in ("i1", "i2"):
        ingest.execute(enqueue, [name])
    claimed = late.execute("SELECT outbox_id, lease_token FROM claim_outbox_batch(2, 'w', 30)").fetchall()
    owner.execute("UPDATE payment_outbox_pending SET lease_expires_at = leased_at WHERE outbox_id = %s", [claimed[0][0]])
    for each in (ingest, late):
        each.execute("SET lock_timeout = '20s'")  # a model that makes them wait for each other ends red, not never
    with ThreadPoolExecutor(1) as pool, ingest.transaction(), late.transaction():
        ingest.execute(enqueue, ["i3"])
        late.execute("SELECT report_late_outcome(%s, %s, 'w', 'DISPATCHED')", claimed[0])
        applied = pool.submit(apply, owner, leaseproof_run.root / "sql", for_run=True)
        while not watcher.execute(
            "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s", [owner.info.backend_pid]
        ).fetchone() == (True,):
            assert not applied.done()
            time.sleep(0.01)
        late.execute("SELECT complete_outbox_attempt(%s, %s, 'w', 'DISPATCHED')", claimed[1])
        ingest.execute(enqueue, ["i4"])
    assert applied.result()
    assert check(owner, load_invariants(leaseproof_run.root / "sql" / "invariants")) == ()

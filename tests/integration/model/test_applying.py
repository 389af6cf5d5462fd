"""Applying the model where somebody was before: nothing of a stranger's becomes part of it."""

import pytest

from leaseproof.database.apply import apply
from leaseproof.database.invariants import check, load_invariants
from leaseproof.database.run import Run
from leaseproof.errors import DatabaseError
from leaseproof.proof.fixtures import ConnectAs


@pytest.fixture
def empty_database(leaseproof_run: Run, request: pytest.FixtureRequest) -> str:
    """Return a database of this test's own that has nothing of the model."""
    return leaseproof_run.create_database(f"bare_{request.node.name[:24]}", template="template0")


def test_object_that_a_stranger_made_before_is_refused(
    leaseproof_run: Run, empty_database: str, connect_as: ConnectAs
) -> None:
    """Its maker could put a trigger on it that runs as the owner; databases from PostgreSQL 14 let everybody create."""
    owner, stranger = connect_as("owner", empty_database), connect_as("stranger", empty_database)
    owner.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
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

"""A run on a private server: template, scratch databases, roles, joining, and what a run may not do."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from leaseproof.database import scratch
from leaseproof.database.connection import connect
from leaseproof.database.roles import ROLE_NAMES
from leaseproof.database.run import Run, open_run, read_state, write_state
from leaseproof.errors import DatabaseError, LeaseproofError

JOINER = """
import json, sys
from leaseproof.database.run import Run
run = Run.join(json.loads(sys.argv[1]))
print(run.template(), run.create_database("of_joiner_" + sys.argv[2]))
run.close()
"""


@pytest.fixture
def run(model: Path) -> Iterator[Run]:
    """Yield a run on a private server."""
    with open_run(url=None, root=model) as opened:
        yield opened


def test_scratch_database_has_the_model_with_claims_open(run: Run) -> None:
    """It is a copy of the template in which the owner has opened claims for this very database."""
    name = run.create_database("First Test!")
    assert name == f"leaseproof_{run.run_id}_first_test"
    with run.connect("outbox_executor", name) as connection:
        assert connection.execute("SELECT count(*) FROM public.opened").fetchone() == (1,)


def test_template_is_made_once_for_all_processes(run: Run) -> None:
    """Two processes that join at once use one template, and each its own databases."""
    state = json.dumps(run.state())
    joiners = [
        subprocess.Popen(
            [sys.executable, "-c", JOINER, state, str(number)], stdout=subprocess.PIPE, text=True
        )
        for number in (1, 2)
    ]
    answers = [joiner.communicate()[0].split() for joiner in joiners]
    assert [answer[0] for answer in answers] == [run.template()] * 2
    assert run.databases() == tuple(sorted(answer[1] for answer in answers))


def test_template_follows_the_model(run: Run) -> None:
    """Another content of sql/ is another template."""
    first = run.template()
    (run.root / "sql" / "30_more.sql").write_text("CREATE TABLE more ();\n")
    assert run.template() != first
    assert run.template().startswith(f"leaseproof_{run.run_id}_template_")


def test_template_takes_no_connection(run: Run) -> None:
    """Nobody can hold up a clone by being connected."""
    with pytest.raises(DatabaseError, match="not currently accepting connections"):
        connect(run.server.for_database(run.template()))


def test_clone_of_a_database_in_use_is_refused(run: Run) -> None:
    """SQLSTATE 55006 comes with the next step."""
    busy = run.create_database("busy")
    with connect(run.server.for_database(busy)):
        with pytest.raises(DatabaseError, match="expected none while it is cloned") as refused:
            run.create_database("copy", template=busy)
    assert refused.value.sqlstate == "55006"


def test_each_role_is_what_it_says(run: Run) -> None:
    """A login of every role is that role, with the role's own settings."""
    name = run.create_database("roles")
    became = {}
    for role in ROLE_NAMES:
        with run.connect(role, name) as connection:
            became[role] = connection.execute("SELECT current_user::text").fetchone()[0]
    expected = {role: role for role in ROLE_NAMES}
    assert became == {
        **expected,
        "owner": "postgres",
        "superuser": "postgres",
        "stranger": "leaseproof_stranger",
    }


def test_unknown_role_is_refused(run: Run) -> None:
    """The message names the roles that there are."""
    with pytest.raises(
        LeaseproofError, match="got the role admin; expected one of owner, superuser, outbox_ingest"
    ):
        run.login("admin")


def test_database_of_others_cannot_be_dropped(run: Run) -> None:
    """A run drops nothing but its own."""
    for name in ("postgres", "leaseproof_00000000_x", "outbox"):
        with pytest.raises(LeaseproofError, match="a run drops nothing but its own"):
            run.drop_database(name)


def test_database_with_connections_and_a_prepared_transaction_is_dropped(run: Run) -> None:
    """What a proof leaves open is no reason to keep its database."""
    name = run.create_database("prepared")
    with run.connect("owner", name) as connection:
        connection.execute("BEGIN")
        connection.execute("INSERT INTO public.opened VALUES (now())")
        connection.execute("PREPARE TRANSACTION 'left over'")
        run.drop_database(name)
    assert run.databases() == ()


def test_dropped_databases_do_not_pile_up_in_the_shared_catalogs(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A strength run makes thousands; their dead rows made each standing invariant slower than the one before."""
    monkeypatch.setattr(scratch, "DROPS_BETWEEN_VACUUMS", 2)
    count = "SELECT pg_stat_get_vacuum_count('pg_shdepend'::regclass), pg_stat_get_vacuum_count('pg_database'::regclass)"
    with connect(run.server.conninfo) as admin:
        before = admin.execute(count).fetchone()
        for number in range(2):
            assert admin.execute(count).fetchone() == before
            run.drop_database(run.create_database(f"made_{number}"))
        after = admin.execute(count).fetchone()
    assert before is not None and after == tuple(each + 1 for each in before)


def test_joined_run_leaves_its_databases_to_the_owner(run: Run, tmp_path: Path) -> None:
    """The regression query reads them after the process that used them has ended."""
    file = tmp_path / "run.json"
    write_state(run, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    joined = Run.join(read_state(file))
    name = joined.create_database("joined")
    joined.close()
    assert run.databases() == (name,)


def test_run_file_that_is_none_is_refused(tmp_path: Path) -> None:
    """A stale LEASEPROOF_RUN_FILE is an error with a way out."""
    with pytest.raises(LeaseproofError, match="unset LEASEPROOF_RUN_FILE"):
        read_state(tmp_path / "missing.json")


def test_error_of_the_model_names_its_file(model: Path) -> None:
    """Nothing of a model that does not apply stays, and the message says where it failed."""
    (model / "sql" / "30_wrong.sql").write_text("SELECT 1; SELEC 2;\n")
    with open_run(url=None, root=model) as run, pytest.raises(DatabaseError, match="^30_wrong.sql: .*SELEC"):
        run.template()


def test_prerequisite_of_the_model_is_one_sentence(model: Path) -> None:
    """P7001 passes through with what was got and the next step."""
    (model / "sql" / "00_prerequisites.sql").write_text(
        "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'P7001', MESSAGE = 'MODEL_PREREQUISITE_MISSING: too "
        "old',"
        " DETAIL = 'got 1; expected 2', HINT = 'Upgrade.'; END $$;\n"
    )
    with open_run(url=None, root=model) as run, pytest.raises(DatabaseError) as refused:
        run.template()
    assert str(refused.value) == "MODEL_PREREQUISITE_MISSING: too old; got 1; expected 2; Upgrade."
    assert refused.value.sqlstate == "P7001"


def test_private_run_leaves_the_password_of_somebodys_server(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another server is does not reach a private one; a process that used one can still log in to the other."""
    monkeypatch.setenv("PGPASSWORD", "somebodys")
    monkeypatch.setenv("PGHOSTADDR", "127.0.0.1")
    with open_run(url=None, root=model):
        assert "PGHOSTADDR" not in os.environ
    assert os.environ["PGPASSWORD"] == "somebodys"

"""The gate as a process of its own, on a small project."""

import json
import signal
from collections.abc import Callable

import pytest

from leaseproof.evidence.bundle import FILES
from leaseproof.evidence.reading import read_files
from leaseproof.evidence.verify import verify
from leaseproof.gate import timelines

FORGED = """

def test_forges(database, connect_as):
    \"\"\"Leaves an attempt in the state that no worker may write.\"\"\"
    owner, worker = connect_as("owner", database), connect_as("outbox_executor", database)
    owner.execute("SELECT enqueue_payment_outbox('i2', 'p', 'k', 'SEPA', '{}')")
    lease = worker.execute("SELECT outbox_id, lease_token FROM claim_outbox_batch(1, 'w', 30)").fetchone()
    worker.execute("SELECT complete_outbox_attempt(%s, %s, 'w', 'RETRYABLE')", lease)
    owner.execute("ALTER TABLE payment_outbox_attempts DISABLE TRIGGER ALL")
    for (name,) in owner.execute(
        "SELECT conname FROM pg_constraint"
        " WHERE contype = 'c' AND conrelid = 'payment_outbox_attempts'::regclass"
    ).fetchall():
        owner.execute(f"ALTER TABLE payment_outbox_attempts DROP CONSTRAINT {name}")
    owner.execute("UPDATE payment_outbox_attempts SET state = 'DISPATCHING'")
"""
FORGED_DATABASE = FORGED.replace("def test_forges(database,", "def test_forges(broken_on_purpose, database,")


def test_gate_is_green_and_two_runs_give_equal_bundles(project, tmp_path) -> None:
    """A sound project passes; a second run of the same commit changes run.json and its sum alone."""
    code, output = project.invoke("ci", "--workers", "2")
    assert code == 0, output
    assert project.first_line().startswith("PASSED WITHOUT PROOF STRENGTH")
    assert max(len(line) for line in output[output.index("\nstep ") :].splitlines()) <= 80
    found = verify(project.bundle, timeline=timelines.draw)
    assert (found.problems, found.missing, found.passed) == ((), (), False)
    assert verify(project.bundle.with_name("outbox-evidence.tar.gz"), timeline=timelines.draw) == found
    before = {name: (project.bundle / name).read_bytes() for name in FILES}
    assert project.invoke("ci", "--workers", "1")[0] == 0
    assert {name for name in FILES if (project.bundle / name).read_bytes() != before[name]} == {
        "run.json",
        "SHA256SUMS",
    }


def test_bundle_is_made_again_from_the_last_results(project) -> None:
    """Without results the task says what to run; with them it makes the same bundle and runs nothing."""
    code, output = project.invoke("evidence")
    assert (code, "run ./scripts/invoke ci" in output) == (1, True)
    assert project.invoke("ci", "--no-db")[0] == 0
    archive = project.bundle.with_name("outbox-evidence.tar.gz")
    archive.write_bytes(b"of another bundle")
    before = {name: (project.bundle / name).read_bytes() for name in FILES}
    for name in FILES:
        (project.bundle / name).unlink()
    code, output = project.invoke("evidence")
    assert code == 0, output
    assert read_files(archive) == read_files(project.bundle)
    code, output = project.invoke("evidence.verify", "reports/outbox-evidence")
    assert (code, "The bundle is whole: 20 files" in output) == (1, True)
    code, output = project.invoke("evidence.verify", "")
    assert (code, "got no bundle at" in output) == (1, True)
    assert {name for name in FILES if (project.bundle / name).read_bytes() != before[name]} <= {
        "run.json",
        "SHA256SUMS",
    }


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_gate_that_is_interrupted_writes_its_evidence(project, number: signal.Signals, code: int) -> None:
    """A signal in the middle of a test ends what was started and leaves a whole bundle that says so first."""
    gate = project.hang()
    assert gate.end(number)[0] == code
    assert project.first_line().startswith(f"INTERRUPTED by {number.name}")
    found = verify(project.bundle, timeline=timelines.draw)
    assert (found.problems, found.passed) == ((), False)
    assert any("test_hangs" in text for text in found.missing)
    assert project.states()["integration"] == "failed"
    assert (project.bundle / "02_functions.sql").read_text().count("CREATE OR REPLACE FUNCTION") > 10
    assert gate.everything_ends()


def test_gate_that_is_killed_leaves_a_bundle_that_says_so(project) -> None:
    """After kill -9 nothing of the run goes on, and the bundle says that the gate did not come to its end."""
    gate = project.hang()
    assert gate.end(signal.SIGKILL)[0] == -9
    assert gate.everything_ends()
    assert project.first_line().startswith("INCOMPLETE")
    found = verify(project.bundle, timeline=timelines.draw)
    assert (found.problems, found.passed) == ((), False)


def test_gate_that_already_runs_is_left_alone(project) -> None:
    """A second gate in one checkout is refused in one sentence and does not touch the first one's bundle."""
    gate = project.hang()
    code, output = project.invoke("ci", "--no-db")
    assert (code, "a gate that already runs in this checkout" in output) == (1, True)
    assert gate.end(signal.SIGTERM)[0] == 143


def test_gate_without_a_database_says_what_it_did_not_do(project) -> None:
    """Asked for no database, the gate is green and says what it skipped; the bundle is no evidence."""
    code, output = project.invoke(
        "ci", "--no-db", OUTBOX_EVIDENCE_DB_URL="postgresql://u:p@nowhere.invalid/d"
    )
    assert code == 0, output
    assert project.first_line().startswith("PASSED WITHOUT A DATABASE")
    assert {project.states()[name] for name in ("database", "integration", "regression")} == {"skipped"}
    assert not verify(project.bundle).passed


def test_gate_with_a_dead_url_is_red_in_one_sentence(project) -> None:
    """A server that does not answer is an error, never a silent fall-back, and its password is nowhere."""
    url = "postgresql://somebody:s3cr3t-p4ss@127.0.0.1:1/outbox"
    code, output = project.invoke("ci", OUTBOX_EVIDENCE_DB_URL=url)
    assert code == 1
    assert project.first_line().startswith(
        "FAILED: database: got no connection to the server at 127.0.0.1, port 1"
    )
    assert "Traceback" not in output and "s3cr3t" not in output
    assert not [
        path
        for path in (project.root / "reports").rglob("*")
        if path.is_file() and b"s3cr3t" in path.read_bytes()
    ]
    assert verify(project.bundle).problems == ()


def test_gate_with_a_url_of_something_else_is_red_before_the_tests(project) -> None:
    """A URL that is none of PostgreSQL is refused in one sentence, before a test is run."""
    code, output = project.invoke("ci", "--db-url", "http://u:s3cr3t-p4ss@example.org/outbox")
    assert code == 1
    said = "FAILED: database: got a database URL that cannot be read; expected"
    assert project.first_line().startswith(said)
    assert "=== unit" not in output and "s3cr3t" not in output and "Traceback" not in output
    assert verify(project.bundle, timeline=timelines.draw).problems == ()


def break_guardrail(project) -> None:
    """Break a static rule."""
    project.write(
        "src/app.py", 'def become(connection):\n    connection.execute("SET ROLE outbox_control")\n'
    )


def break_unit_test(project) -> None:
    """Make a unit test fail."""
    project.write("tests/unit/test_broken.py", 'def test_broken():\n    """Fails."""\n    assert 1 == 2\n')


def change_sqlstate(project) -> None:
    """Expect another SQLSTATE."""
    path = project.root / "proofs/fencing/a_second_completion_is_refused.toml"
    path.write_text(path.read_text().replace("P7002", "P7003"))


def forge_dispatching(project) -> None:
    """Leave a DISPATCHING attempt in an integration test's database."""
    project.write("tests/integration/gate/test_forged.py", FORGED)


def forge_dispatching_marked(project) -> None:
    """Leave it, and excuse the database from other invariants only."""
    project.write(
        "tests/integration/gate/test_forged.py",
        FORGED_DATABASE + '    broken_on_purpose(database, "catalog_is_exact")\n',
    )


def empty_proofs(project) -> None:
    """Take every proof away."""
    for path in (project.root / "proofs/fencing").iterdir():
        path.unlink()


def empty_tests(project) -> None:
    """Take every unit test away."""
    (project.root / "tests/unit/test_unit.py").unlink()


def break_collection(project) -> None:
    """Make a test file that cannot be read."""
    project.write("tests/integration/test_broken.py", "import no_such_module\n")


def leave_sql_alone(project) -> None:
    """Drop in a SQL file without its manifest."""
    project.write(
        "proofs/fencing/nobody_wrote_the_manifest.sql", "-- Nobody wrote the manifest.\nSELECT 1;\n"
    )


def kill_worker(project) -> None:
    """Make a test that kills its own process."""
    project.write(
        "tests/integration/test_dies.py",
        'import os\n\n\ndef test_dies():\n    """Dies."""\n    os.kill(os.getpid(), 9)\n',
    )


@pytest.mark.parametrize(
    ("spoil", "step", "said"),
    [
        (break_guardrail, "guardrails", "1 findings"),
        (break_unit_test, "unit", "1 tests red: tests/unit/test_broken.py::test_broken"),
        (empty_tests, "unit", "no test was run"),
        (change_sqlstate, "integration", "1 proofs red: proofs/fencing/a_second_completion_is_refused.sql"),
        (leave_sql_alone, "guardrails", "1 findings"),
        (empty_proofs, "integration", "no proof was run"),
        (break_collection, "integration", "1 tests red: tests/integration/test_broken.py"),
        (kill_worker, "integration", "tests/integration/test_dies.py::test_dies"),
        (forge_dispatching, "regression", "1 attempts in state DISPATCHING"),
        (forge_dispatching_marked, "regression", "1 attempts in state DISPATCHING"),
    ],
)
def test_gate_is_red_and_says_so_first(project, server: str, spoil: Callable, step: str, said: str) -> None:
    """Each way to break the project makes its step red; a whole bundle says FAILED first and names it."""
    spoil(project)
    code, output = project.invoke("ci", "--workers", "2", OUTBOX_EVIDENCE_DB_URL=server)
    assert code == 1, output
    assert project.first_line().startswith(f"FAILED: {step}: "), output
    assert said in project.first_line(), output
    found = verify(project.bundle, timeline=timelines.draw)
    assert (found.problems, found.passed) == ((), False)
    assert project.states()["evidence"] == "passed"


def test_gate_excuses_a_database_that_is_broken_on_purpose_and_says_so(project, server: str) -> None:
    """A test that names what it breaks keeps the gate green; the bundle lists the exception."""
    names = ("catalog_is_exact", "no_dispatching_attempt")
    marked = FORGED_DATABASE + f"    broken_on_purpose(database, *{names!r})\n"
    project.write("tests/integration/gate/test_forged.py", marked)
    code, output = project.invoke("ci", OUTBOX_EVIDENCE_DB_URL=server)
    assert code == 0, output
    text = (project.bundle / "09_regression.txt").read_text()
    assert "no_dispatching_attempt: tests/integration/gate/test_forged.py::test_forges" in text


def test_gate_tells_actions(project) -> None:
    """In Actions a red test is annotated and the summary says the verdict; tests cannot give commands."""
    break_unit_test(project)
    summary = project.root / "reports" / "summary.md"
    summary.parent.mkdir()
    code, output = project.invoke("ci", "--no-db", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    assert code == 1
    assert "::error file=tests/unit/test_broken.py,line=1,title=test failed::" in output
    assert output.count("::stop-commands::") == 2
    assert summary.read_text().startswith("## FAILED: unit: 1 tests red")


def test_parts_of_a_run_are_merged(project, server: str) -> None:
    """Two shards have every proof in one of them; merged they pass, one alone does not."""
    for number in range(5):
        for ending in ("sql", "toml"):
            source = (project.root / f"proofs/fencing/a_second_completion_is_refused.{ending}").read_text()
            project.write(f"proofs/fencing/copy_{number}.{ending}", source.replace("FC-10", f"FC-1{number}0"))
    for index in (1, 2):
        code, output = project.invoke(
            "ci", "--shard", f"{index}/2", "--workers", "1", OUTBOX_EVIDENCE_DB_URL=server
        )
        assert code == 0, output
        project.bundle.rename(project.root / "reports" / f"part{index}")
    code, output = project.invoke("evidence.merge", "reports/part1")
    assert (code, "got no part 2 of 2" in output) == (1, True)
    code, output = project.invoke("evidence.merge", "reports/part1,reports/part2")
    assert code == 0, output
    assert project.first_line().startswith("PASSED WITHOUT PROOF STRENGTH")
    assert verify(project.bundle).missing == ()
    archive = project.bundle.with_name("outbox-evidence.tar.gz")
    assert read_files(archive) == read_files(project.bundle)
    assert len(json.loads((project.bundle / "08_proof_results.json").read_text())["proofs"]) == 6

"""Specs on a real server, with the output that the tester in C gives."""

import multiprocessing
import os
import threading
from pathlib import Path

from leaseproof.database.run import Run
from leaseproof.errors import LeaseproofError
from leaseproof.proof.files import write_new_pair
from leaseproof.proof.isolation.convert import convert
from leaseproof.proof.isolation.suite import make_database, play_spec, run_spec, run_suite, spec_files
from leaseproof.proof.manifest import load_proof
from leaseproof.proof.pool import Pool
from leaseproof.proof.runner import run_proof

FOLDER = Path(__file__).parent


def test_specs_give_the_output_of_the_tester_in_c(leaseproof_run: Run) -> None:
    """The expected files were written by PostgreSQL's own isolationtester."""
    verdicts = run_suite(spec_files(FOLDER), leaseproof_run, workers=2)
    assert [(verdict.name, verdict.passed, verdict.waits) for verdict in verdicts] == [
        ("every-order", True, 0),
        ("second-update-waits", True, 2),
    ]


def test_spec_with_another_output_is_red(leaseproof_run: Run, tmp_path: Path) -> None:
    """One changed value in the expected output is seen, and shown as a difference."""
    spec = tmp_path / "changed.spec"
    spec.write_text((FOLDER / "specs" / "second-update-waits.spec").read_text())
    expected = (FOLDER / "expected" / "second-update-waits.out").read_text()
    (tmp_path / "changed.out").write_text(expected.replace(" 1|     22", " 1|     21"))
    verdict = run_spec(spec, make_database(leaseproof_run, "isolation_changed"))
    assert not verdict.passed
    assert "- 1|     21\n+ 1|     22" in verdict.difference


def test_spec_whose_setup_fails_says_so(leaseproof_run: Run, tmp_path: Path) -> None:
    """A failed setup ends the spec with the server's message, not with a traceback."""
    (tmp_path / "broken.spec").write_text("setup { SELECT nonsense; } session s step a { SELECT 1; }")
    verdict = run_spec(tmp_path / "broken.spec", make_database(leaseproof_run, "isolation_broken"))
    assert verdict.difference == 'setup failed: ERROR:  column "nonsense" does not exist'


def test_suite_says_when_a_worker_process_was_killed(leaseproof_run: Run, tmp_path: Path) -> None:
    """A worker that ends in the middle of a spec ends the run with a sentence, it never hangs it."""
    (tmp_path / "killed.spec").write_text("session s step a { SELECT 1; }")
    os.mkfifo(tmp_path / "killed.out")  # nobody writes: the worker that reads it stays in the middle of the spec
    found: list[str] = []

    def run_it() -> None:
        try:
            run_suite(spec_files(tmp_path), leaseproof_run, workers=1, label="killed")
        except LeaseproofError as error:
            found.append(str(error))

    before = set(multiprocessing.active_children())
    runner = threading.Thread(target=run_it)
    runner.start()
    workers = set[multiprocessing.Process]()
    while runner.is_alive() and not (workers := set(multiprocessing.active_children()) - before):
        runner.join(0.01)
    for worker in workers:
        worker.kill()
    runner.join()
    assert found == [
        "got a worker process that ended in the middle of a spec; expected a verdict on each; run them again"
    ]


def test_imported_spec_is_green_as_a_proof_and_red_when_changed(leaseproof_run: Run, tmp_path: Path) -> None:
    """The pair made from a spec holds on the engine; another answer than the recorded one is seen."""
    spec, ran, _output = play_spec(
        FOLDER / "specs" / "second-update-waits.spec", make_database(leaseproof_run, "isolation_import")
    )
    pair = convert(spec, ran, name="second-update-waits", invariant="imported")
    accepted = pair.manifest.replace("accepted = false", "accepted = true")
    sql_path, manifest_path = write_new_pair(tmp_path / "proofs" / pair.stem, pair.sql, accepted)
    pool = Pool(leaseproof_run, (), label="imported")
    try:
        first = run_proof(load_proof(sql_path, tmp_path), pool)
        assert (first.result, first.schedules_run) == ("passed", 2)  # two of the three differ in a marker alone
        manifest_path.write_text(accepted.replace("[[1, 22]]", "[[1, 23]]"))
        assert run_proof(load_proof(sql_path, tmp_path), pool).result == "failed"
    finally:
        pool.close()

"""Specs on a real server, with the output that the tester in C gives."""

from pathlib import Path

from leaseproof.database.run import Run
from leaseproof.proof.isolation.convert import convert
from leaseproof.proof.isolation.suite import make_database, play_spec, run_spec, run_suite, spec_files
from leaseproof.proof.manifest import discover
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


def test_imported_spec_is_green_as_a_proof_and_red_when_changed(leaseproof_run: Run, tmp_path: Path) -> None:
    """The pairs made from a spec hold on the engine; another answer than the recorded one is seen."""
    spec, ran, _output = play_spec(
        FOLDER / "specs" / "second-update-waits.spec", make_database(leaseproof_run, "isolation_import")
    )
    pairs = convert(spec, ran, name="second-update-waits", invariant="imported")
    (tmp_path / "proofs").mkdir()
    for pair in pairs:
        (tmp_path / "proofs" / f"{pair.stem}.sql").write_text(pair.sql)
        (tmp_path / "proofs" / f"{pair.stem}.toml").write_text(pair.manifest.replace("accepted = false", "accepted = true"))
    proofs, problems = discover(tmp_path / "proofs")
    pool = Pool(leaseproof_run, (), label="imported")
    try:
        assert not problems
        assert {run_proof(proof, pool).result for proof in proofs} == {"passed"}
        changed = tmp_path / "proofs" / f"{pairs[0].stem}.toml"
        changed.write_text(changed.read_text().replace("[[1, 22]]", "[[1, 23]]"))
        again, _none = discover(tmp_path / "proofs")
        assert "failed" in {run_proof(proof, pool).result for proof in again}
    finally:
        pool.close()

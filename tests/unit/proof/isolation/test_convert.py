"""Turning specs into pairs."""

from pathlib import Path

from leaseproof.proof.isolation.convert import convert, identifier
from leaseproof.proof.isolation.spec import parse_spec
from leaseproof.proof.isolation.tester import Ran
from leaseproof.proof.manifest import load_proof

SPEC = """
setup { CREATE TABLE t (a int) }
session "S 1"
setup { SET application_name = 'x'; }
step a { UPDATE t SET a = 1 }
step b { COMMIT; }
session s2
step c { SELECT 1; }
permutation a c b
permutation c a b
permutation a(*) a
"""


def ran(*steps: str) -> list[Ran]:
    """Return steps that answered without an error."""
    return [Ran(step=step, session="s2" if step == "c" else "S 1", waited=False, sqlstate="00000") for step in steps]


def test_convert_makes_a_pair_of_each_set_of_steps(tmp_path: Path) -> None:
    """Orders of the same steps share a pair; a step that is launched twice has two names; both pairs load."""
    spec = parse_spec(SPEC, "two-sets.spec")
    outcomes = [ran("a", "c", "b"), ran("c", "a", "b"), ran("a", "a")]
    pairs = convert(spec, outcomes, name="two-sets", invariant="imported")
    assert [(pair.stem, pair.permutations) for pair in pairs] == [("two_sets_1", 2), ("two_sets_2", 1)]
    for pair in pairs:
        (tmp_path / f"{pair.stem}.sql").write_text(pair.sql)
        (tmp_path / f"{pair.stem}.toml").write_text(pair.manifest)
    first, second = (load_proof(tmp_path / f"{pair.stem}.sql", tmp_path) for pair in pairs)
    assert first.manifest.schedule == (("a", "c", "b"), ("c", "a", "b"))
    assert second.manifest.schedule == (("a", "a_launch_2"),)
    assert not first.manifest.accepted
    assert [step.phase for step in first.script.steps] == ["setup", "setup", "step", "step", "step"]


def test_convert_takes_what_the_server_answered() -> None:
    """Errors, rows and waits become expectations; where a marker delayed the report, the wait is not judged."""
    spec = parse_spec(SPEC, "x.spec")
    waited = Ran(step="b", session="S 1", waited=True, sqlstate="00000")
    refused = Ran(step="a", session="S 1", waited=False, sqlstate="40001")
    rows = Ran(step="c", session="s2", waited=False, sqlstate="00000", rows=(("1", None),))
    first, second = convert(
        spec, [[refused, rows, waited], [refused, rows, waited], ran("a", "a")], name="x", invariant="imported"
    )
    assert 'expect.a = { sqlstate = "40001", blocks = false }' in first.manifest
    assert 'expect.c = { rows = [[1, "<NULL>"]], blocks = false }' in first.manifest
    assert "expect.b = { blocks = true }" in first.manifest
    assert 'expect.a = { sqlstate = "00000" }' in second.manifest


def test_identifier_is_a_name_of_a_marker() -> None:
    """Whatever a spec calls its steps, a marker can hold it."""
    assert [identifier(name) for name in ("S 1", "1st", "a-b")] == ["s_1", "s_1st", "a_b"]

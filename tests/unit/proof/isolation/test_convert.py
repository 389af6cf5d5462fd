"""Turning specs into pairs."""

from pathlib import Path

from leaseproof.proof.files import write_new_pair
from leaseproof.proof.isolation.convert import Converted, convert, identifier
from leaseproof.proof.isolation.spec import parse_spec
from leaseproof.proof.isolation.tester import Ran
from leaseproof.proof.manifest import Proof, load_proof

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


def loaded(tmp_path: Path, pair: Converted) -> Proof:
    """Return a pair as it loads."""
    write_new_pair(tmp_path / pair.stem, pair.sql, pair.manifest)
    return load_proof(tmp_path / f"{pair.stem}.sql", tmp_path)


def test_convert_makes_one_pair_of_all_permutations(tmp_path: Path) -> None:
    """Orders may leave steps out; a step that is launched twice has two names; a session without steps stays away."""
    spec = parse_spec(SPEC, "two-sets.spec")
    outcomes = [ran("a", "c", "b"), ran("c", "a", "b"), ran("a", "a")]
    pair = convert(spec, outcomes, name="two-sets", invariant="imported")
    assert (pair.stem, pair.permutations) == ("two_sets", 3)
    proof = loaded(tmp_path, pair)
    assert proof.manifest.free_orders
    assert proof.manifest.schedule == (("a", "c", "b"), ("c", "a", "b"), ("a", "a_launch_2"))
    assert not proof.manifest.accepted
    assert [(step.phase, step.name) for step in proof.script.steps] == [
        ("setup", "setup_1"),
        ("setup", "setup_of_s_1"),
        ("step", "a"),
        ("step", "a_launch_2"),
        ("step", "b"),
        ("step", "c"),
    ]


def test_convert_of_whole_permutations_needs_no_free_orders(tmp_path: Path) -> None:
    """Where each permutation launches every step in the file's order, the pair is as strict as one by hand."""
    spec = parse_spec(SPEC.replace("permutation a(*) a\n", ""), "whole.spec")
    pair = convert(spec, [ran("a", "c", "b"), ran("c", "a", "b")], name="whole", invariant="imported")
    assert "free_orders" not in pair.manifest
    assert loaded(tmp_path, pair).manifest.schedule == (("a", "c", "b"), ("c", "a", "b"))


def test_convert_takes_what_the_server_answered() -> None:
    """Errors, rows and waits become expectations; where a marker delayed the report, the wait is not judged."""
    spec = parse_spec(SPEC, "x.spec")
    waited = Ran(step="b", session="S 1", waited=True, sqlstate="00000")
    refused = Ran(step="a", session="S 1", waited=False, sqlstate="40001")
    rows = Ran(step="c", session="s2", waited=False, sqlstate="00000", rows=(("1", None),))
    pair = convert(spec, [[refused, rows, waited], [refused, rows, waited], ran("a", "a")], name="x", invariant="imported")
    first, second = pair.manifest.split("[[outcome.schedules]]")[1::2]
    assert 'expect.a = { sqlstate = "40001", blocks = false }' in first
    assert 'expect.c = { rows = [[1, "<NULL>"]], blocks = false }' in first
    assert "expect.b = { blocks = true }" in first
    assert 'expect.a = { sqlstate = "00000" }' in second


def test_identifier_is_a_name_of_a_marker() -> None:
    """Whatever a spec calls its steps, a marker can hold it."""
    assert [identifier(name) for name in ("S 1", "1st", "a-b")] == ["s_1", "s_1st", "a_b"]

"""The text files of the bundle."""

from dataclasses import replace

from leaseproof.evidence import tables
from leaseproof.evidence.record import Record, Teeth


def test_trace_matrix_ends_with_what_the_proof_kills(green: Record) -> None:
    """Each row names a mutant of its proof, counts those that only its invariant kills, and names those it killed first."""
    rows = [line.split("\t") for line in tables.trace_matrix(green).splitlines()]
    assert rows[0][-4:] == [
        "mutant_it_kills",
        "mutants_only_this_invariant_kills",
        "of_these_killed_first_here",
        "claim",
    ]
    assert {row[2]: row[-4:-1] for row in rows[1:]} == {
        "FC-a": ["complete/comparison/1", "2", "complete/comparison/1"],
        "FC-b": ["not measured", "2", "x/y/2"],
        "FC-c": ["not measured", "2", "none found"],
    }


def test_trace_matrix_says_where_strength_was_not_measured(green: Record) -> None:
    """Without a strength run nothing is counted."""
    rows = [line.split("\t") for line in tables.trace_matrix(replace(green, teeth=Teeth())).splitlines()[1:]]
    assert {tuple(row[-4:-1]) for row in rows} == {("not measured", "not measured", "not measured")}


def test_trace_matrix_ends_with_the_claim(green: Record) -> None:
    """The last cell of a row is what its proof claims; a proof that did not run claims nothing."""
    record = replace(green, proofs=green.proofs[1:])
    rows = [line.split("\t") for line in tables.trace_matrix(record).splitlines()[1:]]
    assert {row[3]: row[-1] for row in rows} == {
        "proofs/fencing/a.sql": "",
        "proofs/fencing/b.sql": "The claim of b <holds> & stands.",
        "proofs/fencing/c.sql": "The claim of c <holds> & stands.",
    }

"""The text files of the bundle."""

from dataclasses import replace

from leaseproof.evidence import tables
from leaseproof.evidence.record import Record, Teeth


def test_trace_matrix_ends_with_what_the_proof_kills(green: Record) -> None:
    """Each row names a mutant of its proof and counts those that only its invariant's proofs kill."""
    rows = [line.split("\t") for line in tables.trace_matrix(green).splitlines()]
    assert rows[0][-3:] == ["mutant_it_kills", "mutants_only_this_invariant_kills", "claim"]
    assert {row[2]: row[-3:-1] for row in rows[1:]} == {
        "FC-a": ["complete/comparison/1", "2"],
        "FC-b": ["not measured", "2"],
        "FC-c": ["not measured", "2"],
    }


def test_trace_matrix_says_where_strength_was_not_measured(green: Record) -> None:
    """Without a strength run nothing is counted."""
    rows = [line.split("\t") for line in tables.trace_matrix(replace(green, teeth=Teeth())).splitlines()[1:]]
    assert {tuple(row[-3:-1]) for row in rows} == {("not measured", "not measured")}


def test_trace_matrix_ends_with_the_claim(green: Record) -> None:
    """The last cell of a row is what its proof claims; a proof that did not run claims nothing."""
    record = replace(green, proofs=green.proofs[1:])
    rows = [line.split("\t") for line in tables.trace_matrix(record).splitlines()[1:]]
    assert {row[3]: row[-1] for row in rows} == {
        "proofs/fencing/a.sql": "",
        "proofs/fencing/b.sql": "The claim of b <holds> & stands.",
        "proofs/fencing/c.sql": "The claim of c <holds> & stands.",
    }

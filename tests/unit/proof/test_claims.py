"""The tables that people read are made from the manifests."""

from dataclasses import replace
from pathlib import Path

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.proof.claims import BEGIN, END, documents, with_table, written_down
from leaseproof.proof.manifest import discover

ROOT = Path(__file__).parents[3]


def test_documents_are_as_the_manifests_say() -> None:
    """Every generated page holds what scripts/claims writes of the proofs that it lists; run it when this is red."""
    proofs, problems = discover(ROOT / "proofs")
    assert not problems
    for path, text in documents(ROOT, written_down(ROOT, proofs)).items():
        assert path.read_text(encoding="utf-8") == text, f"run .venv/bin/python scripts/claims: {path.name} is behind"


def test_proof_that_was_dropped_in_is_not_yet_written_down() -> None:
    """A new pair needs no other file: the pages hold without it until somebody makes them again."""
    known = written_down(ROOT, discover(ROOT / "proofs")[0])
    new = replace(known[0], path="proofs/fencing/a_new_attack.sql")
    assert known
    assert written_down(ROOT, [*known, new]) == known


def test_every_sqlstate_of_the_model_has_a_proof() -> None:
    """No code is documented that no attack brings back."""
    proofs, _problems = discover(ROOT / "proofs")
    text = documents(ROOT, written_down(ROOT, proofs))[ROOT / "docs" / "sqlstates.md"]
    assert [line for line in text.splitlines() if line.endswith("| 0 |")] == []


def test_with_table_replaces_what_stood_between_the_markers() -> None:
    """The old table goes, what is around stays."""
    assert with_table(f"a\n{BEGIN}\nold\n{END}\nb", "new") == f"a\n{BEGIN}\n\nnew\n\n{END}\nb"


def test_with_table_refuses_a_page_without_markers() -> None:
    """Nothing is guessed."""
    with pytest.raises(LeaseproofError, match="put them back"):
        with_table("a page", "new")


def test_every_page_of_an_invariant_says_its_five_things() -> None:
    """A page is a claim, its race, its mechanism, its proofs and its limits; no page is of an invariant that is gone."""
    proofs = written_down(ROOT, discover(ROOT / "proofs")[0])
    pages = sorted((ROOT / "docs" / "invariants").glob("*.md"))
    assert [page.stem for page in pages] == sorted({proof.manifest.invariant for proof in proofs})
    for page in pages:
        headings = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("## ")]
        assert headings == ["## Claim", "## The race", "## The mechanism in sql/", "## The proofs", "## What it does not promise"], page

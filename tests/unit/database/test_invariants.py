"""Standing invariants as files."""

from pathlib import Path

import pytest

from leaseproof.database.invariants import load_invariants
from leaseproof.errors import LeaseproofError


def test_invariants_are_read_in_name_order(tmp_path: Path) -> None:
    """Name, claim and query come from the file."""
    (tmp_path / "b.sql").write_text("-- Second.\nSELECT 2;\n")
    (tmp_path / "a.sql").write_text("-- First.\nSELECT 1\nWHERE false;\n")
    first, second = load_invariants(tmp_path)
    assert (first.name, first.claim, first.sql) == ("a", "First.", "-- First.\nSELECT 1\nWHERE false")
    assert (second.name, second.claim) == ("b", "Second.")


def test_invariant_without_claim_is_refused(tmp_path: Path) -> None:
    """The first line says what holds; the message shows the line that does not."""
    (tmp_path / "a.sql").write_text("SELECT 1;\n")
    with pytest.raises(LeaseproofError, match=r"a.sql:1: got 'SELECT 1;'; expected the claim"):
        load_invariants(tmp_path)


def test_folder_without_invariants_is_refused(tmp_path: Path) -> None:
    """Nothing to check is never the same as everything holds."""
    with pytest.raises(LeaseproofError, match="expected the standing invariants"):
        load_invariants(tmp_path)


def test_invariant_with_an_odd_name_is_refused(tmp_path: Path) -> None:
    """The name becomes part of a query."""
    (tmp_path / "a'b.sql").write_text("-- Claim.\nSELECT 1;\n")
    with pytest.raises(LeaseproofError, match="rename the file"):
        load_invariants(tmp_path)

"""What is judged."""

from pathlib import Path

from leaseproof.gate.source import claims


def test_claims_are_read_from_the_pages(tmp_path: Path) -> None:
    """The text under the heading is folded, up to the next heading; a page without one claims nothing."""
    folder = tmp_path / "docs" / "invariants"
    folder.mkdir(parents=True)
    text = "# Fencing\n\n## Claim\n\nOnly the\n  holder   writes.\n\n## The race\n\nx\n"
    (folder / "fencing.md").write_text(text)
    (folder / "time.md").write_text("# Time\n\n## Claim\n\nOne clock.\n")
    (folder / "none.md").write_text("# None\n\n## The race\n\nx\n")
    assert claims(tmp_path) == {"fencing": "Only the holder writes.", "time": "One clock."}


def test_claims_of_a_project_without_pages_are_none(tmp_path: Path) -> None:
    """A project without docs is judged all the same."""
    assert claims(tmp_path) == {}

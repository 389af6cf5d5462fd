"""Every case of the catalogue has its answer, and nothing names a case that is not there."""

import re
from pathlib import Path

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.proof.catalogue import Case, catalogue_page, find_tests, load_cases

ROOT = Path(__file__).parents[3]
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def test_case_without_an_answer_is_refused() -> None:
    """A case that nobody proves, tests or explains cannot hide in the table."""
    case = Case(id="AA-01", group="Group", claim="something holds")
    with pytest.raises(LeaseproofError, match="AA-01 without an answer"):
        catalogue_page([case], [], {})


def test_case_that_nobody_knows_is_refused() -> None:
    """A slip of the pen in a test's docstring is not an answer to anything."""
    case = Case(id="AA-01", group="Group", claim="something holds", why="it does")
    with pytest.raises(LeaseproofError, match="got AA-02 named by"):
        catalogue_page([case], [], {"AA-02": ["tests/test_x.py::test_x"]})


def test_each_kind_of_answer_has_its_place() -> None:
    """Tests are linked, a benchmark is a command, the sentence comes last."""
    case = Case(id="AA-01", group="Group", claim="a | b", benchmark="invoke bench", why="It is slow.")
    page = catalogue_page([case], [], {"AA-01": ["tests/test_x.py::test_x"]})
    assert "| AA-01 | a \\| b |  | [test_x](../tests/test_x.py)<br>`invoke bench` | It is slow. |" in page


def test_test_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    """What the file names by hand is held to exist."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "tests.py").write_text("")
    catalogue = tmp_path / "docs" / "catalogue.toml"
    catalogue.write_text('[AA]\ntitle = "Group"\n[AA.cases.AA-01]\nclaim = "c"\ntests = ["tests.py::test_gone"]\n')
    with pytest.raises(LeaseproofError, match="tests.py::test_gone for case AA-01"):
        load_cases(catalogue)


def test_docstring_that_names_a_case_is_found(tmp_path: Path) -> None:
    """One test may answer several cases, and a case that is named elsewhere in a test is not an answer."""
    (tmp_path / "tests" / "unit").mkdir(parents=True)
    text = 'def test_x():\n    """ZZ-01, ZZ-02: holds."""\n\n\ndef test_y():\n    "no case"\n    assert "ZZ-03"\n'.replace("ZZ", "AB")
    (tmp_path / "tests" / "unit" / "test_x.py").write_text(text)
    assert find_tests(tmp_path) == {"AB-01": ["tests/unit/test_x.py::test_x"], "AB-02": ["tests/unit/test_x.py::test_x"]}


def test_links_of_the_generated_pages_lead_somewhere() -> None:
    """A file that a page names exists."""
    pages = [ROOT / "docs" / "catalogue.md", *sorted((ROOT / "docs" / "invariants").glob("*.md"))]
    links = [(page, target) for page in pages for target in LINK.findall(page.read_text(encoding="utf-8"))]
    assert links
    assert [(page.name, target) for page, target in links if not (page.parent / target).exists()] == []

"""Changes to a manifest's text."""

import pytest

from leaseproof.proof.edits import Edits
from leaseproof.proof.source import ProofFileError, Source
from leaseproof.proof.toml import Document


def edited(text: str, *, step: str = "a", value: str = '"P7002"') -> str:
    """Return a text after the expectation of a step was set."""
    edits = Edits(Document(Source("m.toml", text)))
    edits.expect(step, value)
    return edits.text()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('[expect] # c\na = "00000" # d\n', '[expect] # c\na = "P7002" # d\n'),
        ("[expect]\na = { rows = [\n  [1],\n] } # d\n", '[expect]\na = "P7002" # d\n'),
        ('[expect]\nb = "00000"', '[expect]\na = "P7002"\nb = "00000"'),
        ("[expect]", '[expect]\na = "P7002"\n'),
        ('id = "x"\n', 'id = "x"\n\n[expect]\na = "P7002"\n'),
        ('expect.a = "00000"\n', 'expect.a = "P7002"\n'),
    ],
)
def test_expect_changes_one_value_or_adds_a_line(before: str, after: str) -> None:
    """Comments, order and layout around the change stay."""
    assert edited(before) == after


@pytest.mark.parametrize(
    "text", ["[expect.a]\nrows = [[1]]\n", 'expect = { b = "00000" }\n', 'expect.b = "00000"\n']
)
def test_expect_refuses_a_form_that_it_cannot_edit(text: str) -> None:
    """A table of its own, or a table on one line, is left to a person."""
    with pytest.raises(ProofFileError, match="write that by hand"):
        edited(text)


def test_top_sets_a_key_or_adds_it_behind_the_invariant() -> None:
    """A key that is there keeps its place."""
    edits = Edits(Document(Source("m.toml", 'accepted = true # c\ninvariant = "x" # d\n[sessions]\n')))
    assert edits.made is False
    edits.top("accepted", "false")
    edits.top("breaks", '["y"]')
    assert edits.made is True
    assert edits.text() == 'accepted = false # c\ninvariant = "x" # d\nbreaks = ["y"]\n[sessions]\n'

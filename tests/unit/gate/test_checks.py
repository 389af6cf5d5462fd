"""The order of the gate's steps."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from leaseproof.gate.checks import Checks
from leaseproof.gate.request import Request


@pytest.mark.parametrize(
    ("url", "first"),
    [
        (None, ["guardrails", "unit", "database"]),
        ("postgresql://u@h/d", ["guardrails", "unit", "database"]),
        ("host=h dbname=d", ["guardrails", "unit", "database"]),
        ("http://h/d", ["database", "guardrails", "unit"]),
    ],
)
def test_stages_begin_with_a_url_that_cannot_be_read(
    tmp_path: Path, url: str | None, first: list[str]
) -> None:
    """What cannot be connected to is told before anything else runs, and holds everything else up."""
    with ExitStack() as stack:
        stages = Checks(Request(root=tmp_path, url=url), say=print, stack=stack).stages()
    assert [stage.name for stage in stages[:3]] == first
    assert stages[1].needs == (("database",) if first[0] == "database" else ())

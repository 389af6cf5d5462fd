"""The page that an auditor reads first, and what the bundle says each invariant claims."""

from dataclasses import replace

import pytest

from leaseproof.evidence.page import page
from leaseproof.evidence.readme import gate_command, readme
from leaseproof.evidence.record import NO_STRENGTH, Record, Step


def test_readme_and_page_say_what_an_invariant_claims(green: Record) -> None:
    """The claim of each invariant that was proved stands in both; one that no proof is of does not."""
    record = replace(green, claims={"fencing": "Only the <holder> " + "writes " * 30, "time": "One clock."})
    text, shown = readme(record), page(record)
    assert "  fencing: Only the <holder> writes" in text and "Only the &lt;holder&gt;" in shown
    assert "One clock." not in text + shown
    listed = text[text.index("What each claims") : text.index("SQLSTATES, and")]
    assert max(len(line) for line in listed.splitlines()) <= 100


def test_readme_says_what_a_control_is(green: Record) -> None:
    """The word of the trace matrix is explained."""
    assert "A control, in 11_trace_matrix.tsv, is the id of a case" in readme(green)


def test_readme_wraps_a_long_reason(green: Record) -> None:
    """No line is longer than 110 columns, however much a step has to say."""
    steps = (*green.steps, Step(name="strength", state="passed", reason="so many mutants; " * 20))
    assert max(len(line) for line in readme(replace(green, steps=steps)).splitlines()) <= 110


@pytest.mark.parametrize(
    ("change", "flags"),
    [
        ({}, ""),
        ({"database": "none"}, " --no-db"),
        ({"steps": (Step(name="strength", state="skipped", reason=NO_STRENGTH),)}, " --no-strength"),
        ({"shard": (2, 3)}, " --shard 2/3"),
        (
            {"steps": (Step(name="strength", state="skipped", reason=NO_STRENGTH),), "shard": (1, 2)},
            " --no-strength --shard 1/2",
        ),
    ],
)
def test_readme_names_the_command_that_was_run(green: Record, change: dict, flags: str) -> None:
    """Who follows the page runs what was run."""
    record = replace(green, **change)
    assert gate_command(record) == f"./scripts/invoke ci{flags}"
    assert f"&& ./scripts/invoke ci{flags}\n" in readme(record)

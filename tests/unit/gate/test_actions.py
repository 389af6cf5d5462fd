"""What GitHub Actions is told."""

from dataclasses import replace

import pytest

from leaseproof.evidence.record import Record, Step, Test
from leaseproof.gate import actions
from leaseproof.gate.actions import Annotation, annotations, foreign_output, masks, summary
from leaseproof.guardrails.engine import GuardrailReport
from leaseproof.guardrails.report import to_sarif
from leaseproof.guardrails.rule import Finding


def test_annotation_escapes_what_would_end_it() -> None:
    """A message cannot start a command of its own or leave its property."""
    told = Annotation(title="a,b:c", message="50%\n::set-output::x", file="tests/x,y.py", line=3).command()
    assert told == "::error file=tests/x%2Cy.py,line=3,title=a%2Cb%3Ac::50%25%0A::set-output::x"


def test_annotations_name_the_place_of_each_failure() -> None:
    """A red test is told with its file and line, a red step with its reason."""
    record = Record(
        tests=(
            Test(
                nodeid="tests/unit/test_x.py::test_x",
                result="failed",
                reason="no",
                file="tests/unit/test_x.py",
                line=7,
            ),
        ),
        steps=(
            Step(name="unit", state="failed", reason="1 tests red"),
            Step(name="guardrails", state="passed"),
        ),
    )
    assert [each.command() for each in annotations(record)] == [
        "::error title=unit::1 tests red",
        "::error file=tests/unit/test_x.py,line=7,title=test failed::no",
    ]


def test_annotations_name_the_place_of_each_finding() -> None:
    """A finding of the guardrails that is an error is told with its file and line, a warning is not."""
    finding = Finding(
        path="a.py", line=3, column=1, code="LP002", message="got SET ROLE", fix="connect as it"
    )
    findings = (finding, replace(finding, line=9, level="warning"))
    report = GuardrailReport(findings=findings, allowed=(), files=1, skipped=())
    assert [each.command() for each in annotations(Record(sarif=to_sarif(report)))] == [
        "::error file=a.py,line=3,title=guardrail LP002::got SET ROLE; connect as it"
    ]


def test_foreign_output_cannot_give_commands() -> None:
    """What runs inside is framed by a token that it cannot know, also when it fails."""
    said: list[str] = []
    with pytest.raises(KeyError), foreign_output("unit", active=True, say=said.append):
        raise KeyError
    token = said[1].removeprefix("::stop-commands::")
    assert len(token) == 32
    assert said == ["::group::unit", f"::stop-commands::{token}", f"::{token}::", "::endgroup::"]


def test_foreign_output_says_nothing_elsewhere() -> None:
    """On a terminal nothing is added."""
    with foreign_output("unit", active=False, say=pytest.fail):
        pass


def test_summary_says_the_verdict_first_and_escapes_markup() -> None:
    """The step's summary begins with the verdict; a reason cannot break the table."""
    text = summary(
        Record(ending="finished", steps=(Step(name="unit", state="failed", reason="a | <b> `c`"),))
    )
    assert text.startswith("## FAILED: unit: a \\| \\<b\\> \\`c\\`")
    assert "| unit | failed | 0.0 | a \\| \\<b\\> \\`c\\` |" in text


def test_masks_name_each_password_once() -> None:
    """Each password becomes one command, an empty one none."""
    assert masks(["b%", "", "a", "a"]) == ["::add-mask::a", "::add-mask::b%25"]


def test_annotations_stop_at_what_actions_shows() -> None:
    """No more are told than Actions shows of one step."""
    tests = tuple(Test(nodeid=f"t{number}", result="failed") for number in range(20))
    assert len(annotations(Record(tests=tests))) == actions.MOST_ANNOTATIONS

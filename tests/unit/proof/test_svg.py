"""The SVG of a schedule."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from leaseproof.proof.outcome import Event, ScheduleOutcome, StepOutcome
from leaseproof.proof.svg import WIDTH, draw_svg

NAMESPACE = "{http://www.w3.org/2000/svg}"
OUTCOME = ScheduleOutcome(
    order=("a", "b"),
    events=tuple(
        Event(position=position, session=session, step=step, kind=kind, text=text)  # type: ignore[arg-type]
        for position, (session, step, kind, text) in enumerate(
            [
                ("one", "a", "launch", ""),
                ("one", "a", "wait", "for two"),
                ("two", "b", "launch", ""),
                ("two", "b", "done", ""),
                ("one", "a", "wake", ""),
                ("one", "a", "done", ""),
            ]
        )
    ),
    steps=(
        StepOutcome(step="b", session="two", sqlstate="00000"),
        StepOutcome(step="a", session="one", sqlstate="23505", message='</svg><script>&"\x1b'),
    ),
)


def test_draw_svg_is_well_formed_and_escaped() -> None:
    """What the server or an author wrote cannot become markup."""
    drawn = draw_svg(OUTCOME, sql={"a": "SELECT '<b>' < 1 & 2"}, title='<"title">')
    root = ElementTree.fromstring(drawn)
    assert "<script" not in drawn
    texts = [each.text for each in root.iter(f"{NAMESPACE}text")]
    assert '</svg><script>&"' in texts
    assert "SELECT '<b>' < 1 & 2" in texts
    assert root.attrib["aria-label"] == '<"title">'


def test_draw_svg_shows_lanes_waits_and_answers() -> None:
    """Each session has a lane, a wait is dashed with a mark on its blocker's lane, answers have a colour."""
    root = ElementTree.fromstring(draw_svg(OUTCOME))
    words = [(each.text, each.get("class")) for each in root.iter(f"{NAMESPACE}text")]
    assert words == [
        ("one", "name"),
        ("two", "name"),
        ("1", "soft"),
        ("a", "name"),
        ("waits for two", "wait"),
        ("2", "soft"),
        ("b", "name"),
        ("done", "good"),
        ("goes on", None),
        ("23505 UNIQUE_VIOLATION", "refused"),
        ('</svg><script>&"', "soft"),
    ]
    waiting = [each for each in root.iter(f"{NAMESPACE}line") if each.get("class") == "waiting"]
    assert [each.get("x1") for each in waiting] == ["36", "36", "36"]
    assert [each.get("cx") for each in root.iter(f"{NAMESPACE}circle")] == ["217"]


def test_draw_svg_keeps_the_failure_colour_for_what_the_proof_did_not_expect() -> None:
    """A refusal is calm until a problem names its step; an unexpected success is marked as well."""
    judged = replace(OUTCOME, problems=("step b: expected P7002, got success",))
    assert _style_of("done", judged) == "bad"
    assert _style_of("23505 UNIQUE_VIOLATION", judged) == "refused"
    judged = replace(OUTCOME, problems=("step a: expected success, got 23505",))
    assert _style_of("23505 UNIQUE_VIOLATION", judged) == "bad"


def test_draw_svg_shows_labels_whole_and_shortens_details_only_when_the_page_is_full() -> None:
    """Six lanes of long SQLSTATEs go beyond the page's width; long messages take only what is left."""
    steps = tuple(
        StepOutcome(step=name, session=name, sqlstate="P7003", message="a long message " * 10)
        for name in "abcdef"
    )
    events = tuple(Event(position=0, session=name, step=name, kind="done") for name in "abcdef")
    for count in (2, 6):
        outcome = ScheduleOutcome(order=tuple("abcdef"), events=events[:count], steps=steps)
        root = ElementTree.fromstring(draw_svg(outcome))
        texts = ["".join(each.itertext()) for each in root.iter(f"{NAMESPACE}text")]
        assert texts.count("P7003 INVALID_COMPLETION_STATE") == count
        assert sum(text.endswith("…") for text in texts) == count
        assert root.attrib["viewBox"].split()[2] == root.attrib["width"]
        assert (int(root.attrib["width"]) > WIDTH) == (count == 6)


@pytest.mark.parametrize("paper", ["#ffffff", "#0d1117"])
def test_draw_svg_has_colours_that_can_be_read(paper: str) -> None:
    """Every colour of text has a contrast of 4.5 to 1 or more on the page's paper (WCAG 2.2, 1.4.3)."""
    light, dark = draw_svg(OUTCOME).split("@media(prefers-color-scheme:dark)")
    colours = re.findall(r"--lp-(?!line)\w+:(#\w{6})", light if paper == "#ffffff" else dark)
    assert len(colours) == 6
    assert min(_contrast(colour, paper) for colour in colours) >= 4.5


def test_draw_svg_is_self_contained_and_deterministic() -> None:
    """No link, no id, and the same bytes each time."""
    drawn = draw_svg(OUTCOME)
    assert drawn == draw_svg(OUTCOME)
    assert drawn.count("http") == 1  # the namespace
    assert " id=" not in drawn
    assert "prefers-color-scheme:dark" in drawn


def test_draw_svg_masks_what_two_runs_do_not_share() -> None:
    """Identifiers and clock readings in rows and messages do not reach the drawing."""
    uuid = "01a208bb-a91b-74b4-99aa-000000000001"
    event = Event(position=0, session="s", step="a", kind="done")
    step = StepOutcome(step="a", session="s", sqlstate="00000", rows=((uuid, "1"),), row_count=1)
    drawn = draw_svg(ScheduleOutcome(order=("a",), events=(event,), steps=(step,)))
    assert uuid not in drawn
    assert ">(*, 1)<" in drawn


def test_draw_svg_of_nothing_is_an_empty_drawing() -> None:
    """A schedule that was never begun still gives an element."""
    assert ElementTree.fromstring(draw_svg(ScheduleOutcome(order=()))).tag == f"{NAMESPACE}svg"


def _style_of(text: str, outcome: ScheduleOutcome) -> str | None:
    texts = ElementTree.fromstring(draw_svg(outcome)).iter(f"{NAMESPACE}text")
    return next(each.get("class") for each in texts if each.text == text)


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

"""The SVG of a schedule."""

from xml.etree import ElementTree

from leaseproof.proof.outcome import Event, ScheduleOutcome, StepOutcome
from leaseproof.proof.svg import draw_svg

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
        ("23505 UNIQUE_VIOLATION", "bad"),
        ('</svg><script>&"', "soft"),
    ]
    waiting = [each for each in root.iter(f"{NAMESPACE}line") if each.get("class") == "waiting"]
    assert [each.get("x1") for each in waiting] == ["36", "36", "36"]
    assert [each.get("cx") for each in root.iter(f"{NAMESPACE}circle")] == ["498"]


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

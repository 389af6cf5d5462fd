"""The page of a bundle: its timelines, its print, what it points to."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

from leaseproof.evidence.page import STYLE, page
from leaseproof.evidence.record import Record
from leaseproof.gate.timelines import draw


def schedule(*told: tuple[str, str, str], order: tuple[str, ...]) -> dict[str, Any]:
    """Return a schedule's plain values of events (session, step, kind)."""
    return {
        "order": list(order),
        "feasible": True,
        "steps": [],
        "events": [
            {"position": position, "session": session, "step": step, "kind": kind, "text": ""}
            for position, (session, step, kind) in enumerate(told)
        ],
        "problems": [],
        "violations": [],
    }


RACE = schedule(("one", "a", "launch"), ("two", "b", "launch"), ("two", "b", "wait"), order=("a", "b"))
QUIET = schedule(("one", "a", "launch"), ("two", "b", "launch"), order=("a", "b"))
PREPARED = schedule(("owner", "setup", "launch"), ("one", "a", "launch"), order=("a",))


def with_proofs(record: Record, *changes: dict[str, Any]) -> Record:
    """Return the record with one proof for each set of changes."""
    return replace(record, proofs=tuple({**record.proofs[0], **changed} for changed in changes))


def timelines(record: Record) -> str:
    """Return the page's section of timelines."""
    found = re.search(r'<section id="timelines">.*?</section>', page(record, timeline=draw), re.DOTALL)
    return found[0] if found else ""


def test_timelines_count_sessions_of_the_order_and_show_races_first(green: Record) -> None:
    """A session that only prepares does not count; races stand first, grouped by invariant."""
    shown = timelines(
        with_proofs(
            green,
            {"id": "FC-quiet", "waits": 0, "schedules": [QUIET]},
            {"id": "FC-prepared", "waits": 0, "schedules": [PREPARED]},
            {"id": "FC-race", "waits": 1, "schedules": [QUIET, RACE], "invariant": "late_outcomes"},
            {"id": "FC-other", "waits": 1, "schedules": [RACE]},
        )
    )
    assert re.findall(r"<h[234]>(.*?)</h[234]>|<summary>(FC-\w+)", shown) == [
        ("Timelines: 3 proofs with several sessions, in 2 of them a step waited", ""),
        ("A step waited for another session: 2", ""),
        ("fencing: 1", ""),
        ("", "FC-other"),
        ("late outcomes: 1", ""),
        ("", "FC-race"),
        ("No step waited: 1", ""),
        ("fencing: 1", ""),
        ("", "FC-quiet"),
    ]
    assert shown.count(">waits<") == 2


def test_timelines_say_when_the_order_that_waited_was_not_kept(green: Record) -> None:
    """A proof whose kept orders have no wait is still a race, and its summary says so."""
    assert "no wait: the one that has was not kept" in timelines(
        with_proofs(green, {"waits": 1, "schedules": [QUIET]})
    )


def test_timelines_are_left_out_when_no_proof_has_several_sessions(green: Record) -> None:
    """Without a drawing there is no heading that counts none."""
    assert timelines(with_proofs(green, {"waits": 0, "schedules": [PREPARED]})) == ""


def test_page_is_well_nested_deterministic_and_without_script(red: Record) -> None:
    """The same bytes each time, every element closed, the policy kept, and every text escaped."""
    shown = page(red, timeline=draw)
    assert shown == page(red, timeline=draw)
    checker = Nesting()
    checker.feed(shown)
    assert checker.opened == []
    assert "default-src 'none'; style-src 'unsafe-inline'" in shown
    assert "<script" not in shown
    assert "&lt;holds&gt; &amp; stands" in shown
    assert "<holds>" not in shown


def test_page_says_where_the_run_is_told(green: Record) -> None:
    """On paper a link is only words, so the words say which file it is and where it lies."""
    assert '<dd>in <a href="run.json">run.json</a>, beside this page</dd>' in page(green)


def test_style_prints_folded_timelines_whole_and_keeps_words_whole() -> None:
    """Print unfolds details without a script and breaks no drawing; a column is as wide as its words."""
    printed = STYLE.partition("@media print{")[2]
    assert "details::details-content{content-visibility:visible;block-size:auto}" in printed
    assert "details{break-inside:avoid}" in printed
    assert "svg.lp{max-width:100%" in printed
    assert "overflow-wrap:break-word" in re.search(r"body\{[^}]*\}", STYLE)[0]  # type: ignore[index]


class Nesting(HTMLParser):
    """Finds elements that are not closed, or closed out of order."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Open an element."""
        if tag not in ("meta", "br"):
            self.opened.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        """Pass over an element that closes itself."""

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element."""
        assert self.opened.pop() == tag

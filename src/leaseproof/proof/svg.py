"""A schedule as lanes over time in SVG: self-contained, the same bytes each time, readable on light and dark.

No id, no script, no font, no link: any number of drawings stand in one page. Identifiers and clock
readings are masked, so that two runs draw the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil

from leaseproof.proof.cells import cut, printable, width
from leaseproof.proof.outcome import ScheduleOutcome
from leaseproof.proof.timeline import Moment, State, lane_order, moments
from leaseproof.proof.volatile import steady

WIDTH = 1120  # of the page; only labels that need more make a drawing wider
_GUTTER = 44
_GAP = 20  # between the text of a lane and the next lane
_LEAST, _MOST = 10, 44  # characters of a lane's longest label that are given room
_DETAIL = 80  # characters of a detail that are given room while the page has some
_LINE = 18  # height of a line of text
_CHARACTER = 7.3  # width of one in the 12 px monospace font, rounded up
_HEAD = 30
_STYLE = (
    ".lp{--lp-ink:#1f2328;--lp-soft:#59636e;--lp-good:#1a7f37;--lp-bad:#b42318;"
    "--lp-refused:#0550ae;--lp-wait:#9a6700;--lp-line:#d1d9e0;"
    "font:12px ui-monospace,Menlo,Consolas,monospace}"
    "@media(prefers-color-scheme:dark){.lp{--lp-ink:#e6edf3;--lp-soft:#9198a1;--lp-good:#57ab5a;--lp-bad:#f47067;"
    "--lp-refused:#79c0ff;--lp-wait:#d4a72c;--lp-line:#3d444d}}"
    ".lp text{fill:var(--lp-ink)}.lp .soft{fill:var(--lp-soft)}.lp .good{fill:var(--lp-good)}"
    ".lp .bad{fill:var(--lp-bad);font-weight:bold;text-decoration:underline}"
    ".lp .refused{fill:var(--lp-refused);font-weight:bold}.lp .wait{fill:var(--lp-wait)}"
    ".lp .name{font-weight:bold}"
    ".lp line{stroke:var(--lp-line)}.lp .running{stroke:var(--lp-ink);stroke-width:3}"
    ".lp .waiting{stroke:var(--lp-wait);stroke-width:3;stroke-dasharray:3 4}.lp .on{stroke:var(--lp-wait)}"
    ".lp circle{fill:var(--lp-wait)}"
)


@dataclass(frozen=True, kw_only=True)
class _Lane:
    """Where a session's column stands, in px."""

    x: int  # of its text
    room: int  # characters that fit


def draw_svg(
    outcome: ScheduleOutcome,
    *,
    sql: Mapping[str, str] | None = None,
    sessions: Sequence[str] = (),
    title: str = "",
) -> str:
    """Draw a schedule as one ``<svg>`` element.

    Args:
        outcome: of the schedule.
        sql: step to its text.
        sessions: order of the lanes; by first appearance when absent.
        title: for readers who cannot see the drawing; the order of the steps when absent.
    """
    names = lane_order(outcome, sessions)
    told = moments(steady(outcome), sql or {}, names)
    lanes, wide = _layout(names, told)
    heights = [_LINE * (1 + len(moment.details)) for moment in told]
    height = _HEAD + sum(heights) + 8
    label = escape(printable(title or "Timeline: " + ", ".join(outcome.order)))
    parts = [
        f'<svg class="lp" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {height}" width="{wide}"'
        f' height="{height}" role="img" aria-label="{label}">',
        f"<title>{label}</title>",
        f"<style>{_STYLE}</style>",
        *_heads(lanes, height),
    ]
    top = _HEAD
    before: Mapping[str, State] = dict.fromkeys(names, "idle")
    for moment, tall in zip(told, heights, strict=True):
        parts += _moment(moment, lanes, before, top, tall)
        before = moment.lanes
        top += tall
    return "\n".join([*parts, "</svg>\n"])


def _layout(names: Sequence[str], told: Sequence[Moment]) -> tuple[Mapping[str, _Lane], int]:
    """Return the lanes and the width of all in px: whole labels, then details while the page has room."""
    labels, wishes = [], []
    for name in names:
        own = [moment for moment in told if moment.session == name]
        longest = max(map(width, [printable(name), *(printable(moment.headline) for moment in own)]))
        label = min(max(longest, _LEAST), _MOST)
        detail = max((width(each) for moment in own for each in moment.details), default=0)
        labels.append(ceil(label * _CHARACTER) + _GAP)
        wishes.append(ceil(max(0, min(detail, _DETAIL) - label) * _CHARACTER))
    spare = max(0, WIDTH - _GUTTER - sum(labels))
    lanes, x = {}, _GUTTER
    for name, label, wish in zip(names, labels, wishes, strict=True):
        wide = label + (wish if sum(wishes) <= spare else wish * spare // sum(wishes))
        lanes[name] = _Lane(x=x, room=int((wide - _GAP) / _CHARACTER))
        x += wide
    return lanes, x


def _heads(lanes: Mapping[str, _Lane], height: int) -> list[str]:
    parts = []
    for name, lane in lanes.items():
        parts.append(_text(lane, 18, name, "name"))
        parts.append(f'<line x1="{lane.x - 8}" y1="{_HEAD - 4}" x2="{lane.x - 8}" y2="{height - 4}"/>')
    return parts


def _moment(
    moment: Moment, lanes: Mapping[str, _Lane], before: Mapping[str, State], top: int, tall: int
) -> list[str]:
    own = lanes[moment.session]
    parts = []
    for name, lane in lanes.items():
        state = moment.lanes[name] if name == moment.session and moment.kind != "done" else before[name]
        if state != "idle":
            end = top + (_LINE - 6 if name == moment.session and moment.kind == "done" else tall)
            at = lane.x - 8
            parts.append(f'<line class="{state}" x1="{at}" y1="{top}" x2="{at}" y2="{end}"/>')
    if moment.number:
        parts.append(f'<text class="soft" x="4" y="{top + 13}">{moment.number}</text>')
    for blocker in moment.blockers:
        other = lanes[blocker].x - 8
        y = top + _LINE - 2
        parts.append(f'<line class="on" x1="{own.x - 8}" y1="{y}" x2="{other}" y2="{y}"/>')
        parts.append(f'<circle cx="{other}" cy="{y}" r="4"/>')
    style = {"launch": "name", "wait": "wait", "wake": ""}.get(moment.kind, moment.verdict)
    parts.append(_text(own, top + 13, moment.headline, style))
    for index, detail in enumerate(moment.details, start=1):
        parts.append(_text(own, top + 13 + index * _LINE, detail, "soft"))
    return parts


def _text(lane: _Lane, y: int, text: str, style: str) -> str:
    named = f' class="{style}"' if style else ""
    whole = printable(text)
    shown = cut(whole, lane.room)
    more = f"<title>{escape(whole)}</title>" if shown != whole else ""
    return f'<text{named} x="{lane.x}" y="{y}">{more}{escape(shown)}</text>'

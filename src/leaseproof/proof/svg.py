"""A schedule as lanes over time in SVG: self-contained, the same bytes each time, readable on light and dark.

No id, no script, no font, no link: any number of drawings stand in one page. Identifiers and clock
readings are masked, so that two runs draw the same.
"""

from collections.abc import Mapping, Sequence
from html import escape

from leaseproof.proof.cells import cut, printable
from leaseproof.proof.outcome import ScheduleOutcome
from leaseproof.proof.timeline import Moment, State, lane_order, moments
from leaseproof.proof.volatile import steady

WIDTH = 960
_GUTTER = 36
_LINE = 18  # height of a line of text
_CHARACTER = 7.3  # width of one in the 12 px monospace font, rounded up
_HEAD = 30
_STYLE = (
    ".lp{--lp-ink:#1f2328;--lp-soft:#59636e;--lp-good:#1a7f37;--lp-bad:#b42318;--lp-wait:#9a6700;--lp-line:#d1d9e0;"
    "font:12px ui-monospace,Menlo,Consolas,monospace}"
    "@media(prefers-color-scheme:dark){.lp{--lp-ink:#e6edf3;--lp-soft:#9198a1;--lp-good:#57ab5a;--lp-bad:#f47067;"
    "--lp-wait:#d4a72c;--lp-line:#3d444d}}"
    ".lp text{fill:var(--lp-ink)}.lp .soft{fill:var(--lp-soft)}.lp .good{fill:var(--lp-good)}"
    ".lp .bad{fill:var(--lp-bad)}.lp .wait{fill:var(--lp-wait)}.lp .name{font-weight:bold}"
    ".lp line{stroke:var(--lp-line)}.lp .running{stroke:var(--lp-ink);stroke-width:3}"
    ".lp .waiting{stroke:var(--lp-wait);stroke-width:3;stroke-dasharray:3 4}.lp .on{stroke:var(--lp-wait)}"
    ".lp circle{fill:var(--lp-wait)}"
)


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
    lanes = lane_order(outcome, sessions)
    told = moments(steady(outcome), sql or {}, lanes)
    heights = [_LINE * (1 + len(moment.details)) for moment in told]
    height = _HEAD + sum(heights) + 8
    label = escape(printable(title or "Timeline: " + ", ".join(outcome.order)))
    parts = [
        f'<svg class="lp" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="100%"'
        f' style="max-width:{WIDTH}px" role="img" aria-label="{label}">',
        f"<title>{label}</title>",
        f"<style>{_STYLE}</style>",
        *_heads(lanes, height),
    ]
    top = _HEAD
    before: Mapping[str, State] = dict.fromkeys(lanes, "idle")
    for moment, tall in zip(told, heights, strict=True):
        parts += _moment(moment, lanes, before, top, tall)
        before = moment.lanes
        top += tall
    return "\n".join([*parts, "</svg>\n"])


def _heads(lanes: Sequence[str], height: int) -> list[str]:
    parts = []
    for index, name in enumerate(lanes):
        x = _x(index, lanes)
        parts.append(_text(x, 18, name, "name", lanes))
        parts.append(f'<line x1="{x - 8}" y1="{_HEAD - 4}" x2="{x - 8}" y2="{height - 4}"/>')
    return parts


def _moment(
    moment: Moment, lanes: Sequence[str], before: Mapping[str, State], top: int, tall: int
) -> list[str]:
    x = _x(lanes.index(moment.session), lanes)
    parts = []
    for index, name in enumerate(lanes):
        state = moment.lanes[name] if name == moment.session and moment.kind != "done" else before[name]
        if state != "idle":
            end = top + (_LINE - 6 if name == moment.session and moment.kind == "done" else tall)
            at = _x(index, lanes) - 8
            parts.append(f'<line class="{state}" x1="{at}" y1="{top}" x2="{at}" y2="{end}"/>')
    if moment.number:
        parts.append(f'<text class="soft" x="4" y="{top + 13}">{moment.number}</text>')
    for blocker in moment.blockers:
        other = _x(lanes.index(blocker), lanes) - 8
        y = top + _LINE - 2
        parts.append(f'<line class="on" x1="{x - 8}" y1="{y}" x2="{other}" y2="{y}"/>')
        parts.append(f'<circle cx="{other}" cy="{y}" r="4"/>')
    style = {"launch": "name", "wait": "wait", "wake": "", "skip": "bad"}.get(
        moment.kind, "good" if moment.good else "bad"
    )
    parts.append(_text(x, top + 13, moment.headline, style, lanes))
    for index, detail in enumerate(moment.details, start=1):
        parts.append(_text(x, top + 13 + index * _LINE, detail, "soft", lanes))
    return parts


def _x(index: int, lanes: Sequence[str]) -> int:
    return _GUTTER + 8 + index * ((WIDTH - _GUTTER) // len(lanes))


def _text(x: int, y: int, text: str, style: str, lanes: Sequence[str]) -> str:
    room = int(((WIDTH - _GUTTER) // len(lanes) - 20) / _CHARACTER)
    named = f' class="{style}"' if style else ""
    whole = printable(text)
    shown = cut(whole, room)
    more = f"<title>{escape(whole)}</title>" if shown != whole else ""
    return f'<text{named} x="{x}" y="{y}">{more}{escape(shown)}</text>'

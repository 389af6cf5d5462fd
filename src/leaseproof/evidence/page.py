"""``index.html``: the bundle as one page, verdict first; no script, nothing loaded from elsewhere."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

from leaseproof.errors import MODEL_SQLSTATES
from leaseproof.evidence import readme, tables
from leaseproof.evidence.record import Record, judgement, listed, population, problems, verdict

Timeline = Callable[
    [Mapping[str, Any], Mapping[str, Any]], str
]  # a proof and one of its schedules -> an <svg> element

STYLE = """
:root{color-scheme:light dark;--ink:#1f2328;--soft:#59636e;--paper:#fff;--card:#f6f8fa;--line:#d1d9e0;
--good:#1a7f37;--bad:#b42318;--warn:#9a6700;--calm:#0550ae}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9198a1;--paper:#0d1117;--card:#161b22;--line:#3d444d;
--good:#57ab5a;--bad:#f47067;--warn:#d4a72c;--calm:#79c0ff}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;overflow-wrap:break-word;max-width:72rem;
background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
h1{font-size:1.35rem;line-height:1.3;margin:0}
h2{font-size:1.1rem;margin:2.2rem 0 .6rem;border-bottom:1px solid var(--line);padding-bottom:.3rem}
h3{font-size:1rem;margin:1.4rem 0 .4rem}h4{font-size:.95rem;margin:1rem 0 .2rem}
code,.code{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.86em}
.verdict{border-left:.5rem solid var(--tone);background:var(--card);padding:1rem 1.2rem;margin:0 0 1rem}
.verdict h1{color:var(--tone)}.verdict ul{margin:.6rem 0 0;padding-left:1.2rem}
.passed{--tone:var(--good)}.failed,.error{--tone:var(--bad)}.warned{--tone:var(--warn)}.skipped,.none{--tone:var(--soft)}
b.passed,b.failed,b.error,b.warned,b.skipped,b.none{color:var(--tone);font-weight:600;white-space:nowrap}
.soft{color:var(--soft)}.key b{color:var(--tone)}.refused{--tone:var(--calm)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.2rem;margin:0}dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
.counts{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.6rem;margin:1rem 0}
.counts div{background:var(--card);padding:.6rem .8rem}
.counts strong{display:block;font-size:1.5rem;line-height:1.2}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.35rem .7rem .35rem 0;border-bottom:1px solid var(--line)}
th{color:var(--soft);font-weight:500;overflow-wrap:normal}td.code{white-space:nowrap}
td[data-name=reason],td[data-name="raised when"]{overflow-wrap:anywhere}
details{margin:.5rem 0}summary{cursor:pointer}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--card);padding:.7rem}
svg.lp{display:block}
nav a{margin-right:1rem;white-space:nowrap}a{color:inherit}
@media(max-width:40rem){body{padding:.7rem;font-size:15px}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.4rem}
.stack thead{display:none}.stack tr{display:block;padding:.5rem 0;border-bottom:1px solid var(--line)}
.stack td{display:block;border:0;padding:.05rem 0;white-space:normal}.stack td:empty{display:none}
.stack td[data-name]:before{content:attr(data-name) " ";color:var(--soft)}}
@media print{body{max-width:none;padding:0;font-size:10pt}nav{display:none}tr,.verdict,svg{break-inside:avoid}
.wide{overflow:visible}details{break-inside:avoid}summary{list-style:none}h2,h3,h4,summary{break-after:avoid}
details::details-content{content-visibility:visible;block-size:auto}
svg.lp{max-width:100%;max-height:90vh;height:auto}}
""".strip().replace("\n", "")

_KEY = (
    '<p class="soft key">Counted are the sessions that run steps of the order, not those that only prepare or'
    ' check. An answer is <b class="passed">as expected</b>, <b class="refused">a refusal as expected</b> or'
    ' <b class="failed">not as expected</b>; <b class="warned">dashed</b>: the step waits.</p>'
)


def page(record: Record, *, timeline: Timeline | None = None) -> str:
    """Return the page.

    Args:
        record: of the run.
        timeline: draws one schedule of a proof; nothing: no drawings.
    """
    parts = [
        "<!doctype html>",
        (
            '<html lang="en"><head><meta charset="utf-8"><meta name="viewport"'
            ' content="width=device-width,initial-scale=1">'
        ),
        f"<title>{escape(verdict(record).partition(':')[0])} — outbox evidence</title>",
        (
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src'
            " 'unsafe-inline'\">"
        ),
        f"<style>{STYLE}</style></head><body>",
        _verdict(record),
        _counts(record),
        (
            '<nav><a href="#steps">Steps</a><a href="#invariants">Invariants</a><a href="#matrix">Trace'
            ' matrix</a><a href="#timelines">Timelines</a><a href="#sqlstates">SQLSTATEs</a><a'
            ' href="#limits">Limits</a><a href="#files">Files</a></nav>'
        ),
        _steps(record),
        _failures(record, timeline),
        _invariants(record),
        _matrix(record),
        _timelines(record, timeline),
        _sqlstates(record),
        _list("limits", "Limits", readme.LIMITS),
        _files(),
        "</body></html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _verdict(record: Record) -> str:
    wrong = problems(record)
    reasons = "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in wrong) + "</ul>" if wrong else ""
    facts = (
        ("Commit", f'<span class="code">{escape(record.commit or "unknown")}</span>'),
        ("Changed since", escape(listed(record.dirty)) if record.dirty else "nothing"),
        (
            "Server",
            escape(f"PostgreSQL {record.server_version}" if record.server_version else "none was reached"),
        ),
        ("When, where, by whom", 'in <a href="run.json">run.json</a>, beside this page'),
    )
    shown = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts)
    return (
        '<header class="verdict'
        f' {judgement(record).lower()}"><h1>{escape(verdict(record))}</h1>{reasons}</header><dl>{shown}</dl>'
    )


def _counts(record: Record) -> str:
    counts = population(record)
    shown = (
        ("proofs expected", counts.expected),
        ("collected", counts.collected),
        ("executed", counts.executed),
        ("passed", counts.passed),
        ("failed", counts.failed),
        ("not applicable", counts.not_applicable),
        ("tests executed", sum(test.result in ("passed", "failed", "error") for test in record.tests)),
    )
    cells = "".join(f"<div><strong>{value}</strong>{name}</div>" for name, value in shown)
    return f'<section class="counts">{cells}</section>'


def _steps(record: Record) -> str:
    rows = [(escape(step.name), _state(step.state), escape(step.reason)) for step in record.steps]
    return _section("steps", "Steps, in their order", _table(("step", "state", "reason"), rows))


def _failures(record: Record, timeline: Timeline | None) -> str:
    parts = []
    for proof in record.proofs:
        if proof["result"] in ("failed", "error"):
            reasons = "".join(f"<li>{escape(text)}</li>" for text in tables.why(proof))
            parts.append(f"<h3>{escape(proof['id'])} {escape(proof['claim'])}</h3>")
            parts.append(f'<p class="code">{escape(proof["path"])}</p><ul>{reasons}</ul>')
            bad = [one for one in proof["schedules"] if one["problems"] or one["violations"]]
            parts.append(_drawing(proof, bad[:1], timeline))
    for test in record.tests:
        if test.result in ("failed", "error", "not run"):
            parts.append(f'<h3>{_state(test.result)} <span class="code">{escape(test.nodeid)}</span></h3>')
            parts.append(f"<pre>{escape(test.reason)}</pre>" if test.reason else "")
    return _section("failures", "What is red", "".join(parts)) if parts else ""


def _invariants(record: Record) -> str:
    groups = tables.invariant_groups(record)
    if not groups:
        return _section(
            "invariants",
            "Invariants proved",
            f"<p>None: {escape(tables.missing_reason(record, 'integration'))}.</p>",
        )
    rows = []
    for name, proofs in groups.items():
        passed = sum(proof["result"] == "passed" for proof in proofs)
        orders = sum(proof["schedules_run"] for proof in proofs)
        state = "failed" if any(proof["result"] in ("failed", "error") for proof in proofs) else "passed"
        rows.append((_claimed(record, name), _state(state), f"{passed} of {len(proofs)}", str(orders)))
    standing = "".join(
        f'<tr><td class="code">{escape(one.name)}</td><td>{escape(one.claim)}</td></tr>'
        for one in record.invariants
    )
    return _section(
        "invariants",
        "Invariants proved",
        _table(("invariant", "state", "proofs passed", "orders run"), rows)
        + f"<h3>Standing invariants: queries that must return no row, run after every order</h3>"
        f'<div class="wide"><table class="stack"><tbody>{standing}</tbody></table></div>',
    )


def _claimed(record: Record, name: str) -> str:
    claim = record.claims.get(name, "")
    said = f'<br><span class="soft">{escape(claim)}</span>' if claim else ""
    return f"<b>{escape(name.replace('_', ' '))}</b>{said}"


def _matrix(record: Record) -> str:
    rows = [
        (
            escape(", ".join(proof["covers"]) or proof["id"]),
            escape(proof["invariant"].replace("_", " ")),
            escape(proof["claim"])
            + (f"<br><span class='soft'>{escape(proof['reason'])}</span>" if proof["reason"] else ""),
            f'<span class="code">{escape(tables.codes(proof["expected"].values()))}</span>',
            f'<span class="code">{escape(tables.codes(proof["observed"].values()))}</span>',
            _state(proof["result"]),
        )
        for proof in sorted(record.proofs, key=lambda one: (one["invariant"], one["id"]))
    ]
    headers = ("control", "invariant", "proof", "expected", "came back", "result")
    return _section("matrix", "Trace matrix", _table(headers, rows)) if rows else ""


def _timelines(record: Record, timeline: Timeline | None) -> str:
    if timeline is None:
        return ""
    proofs = [
        proof
        for proof in sorted(record.proofs, key=lambda one: (one["invariant"], one["id"]))
        if any(map(_has_several_sessions, proof["schedules"]))
    ]
    if not proofs:
        return ""
    races = [proof for proof in proofs if proof["waits"]]
    others = [proof for proof in proofs if not proof["waits"]]
    return _section(
        "timelines",
        f"Timelines: {len(proofs)} proofs with several sessions, in {len(races)} of them a step waited",
        _KEY
        + _timeline_groups(f"A step waited for another session: {len(races)}", races, timeline)
        + _timeline_groups(f"No step waited: {len(others)}", others, timeline),
    )


def _has_several_sessions(schedule: Mapping[str, Any]) -> bool:
    """Return whether steps of the order ran in more than one session; setup and checks do not count."""
    return len({event["session"] for event in schedule["events"] if event["step"] in schedule["order"]}) > 1


def _timeline_groups(title: str, proofs: Sequence[Mapping[str, Any]], timeline: Timeline) -> str:
    parts = [f"<h3>{escape(title)}</h3>"] if proofs else []
    for invariant, group in groupby(proofs, key=lambda one: one["invariant"]):
        own = list(group)
        parts.append(f"<h4>{escape(invariant.replace('_', ' '))}: {len(own)}</h4>")
        parts += [_one_timeline(proof, timeline) for proof in own]
    return "".join(parts)


def _one_timeline(proof: Mapping[str, Any], timeline: Timeline) -> str:
    """Return one order of a proof, folded: the first in which a step waits, else the first."""
    drawn = [one for one in proof["schedules"] if _has_several_sessions(one)]
    waited = [one for one in drawn if any(event["kind"] == "wait" for event in one["events"])]
    name = f"{proof['id']} {proof['claim']}"
    if proof["waits"] and not waited:
        name += " (the order that is drawn has no wait: the one that has was not kept)"
    drawing = _drawing(proof, (waited or drawn)[:1], timeline)
    return f"<details><summary>{escape(name)}</summary>{drawing}</details>"


def _drawing(
    proof: Mapping[str, Any], schedules: Sequence[Mapping[str, Any]], timeline: Timeline | None
) -> str:
    if timeline is None:
        return ""
    return "".join(f'<div class="wide">{timeline(proof, one)}</div>' for one in schedules)


def _sqlstates(record: Record) -> str:
    used = tables.sqlstate_list(record)
    named = {one.code: (one.name, one.raised_when) for one in MODEL_SQLSTATES}
    rows = []
    for code in sorted({*named, *used}):
        name, when = named.get(code, ("", "PostgreSQL's own"))
        cells = (
            f'<span class="code">{escape(code)}</span>',
            f'<span class="code">{escape(name)}</span>',
            escape(when),
        )
        rows.append((*cells, escape(", ".join(used.get(code, ["no proof in this run"])))))
    return _section(
        "sqlstates",
        "SQLSTATEs and the proofs that expect them",
        _table(("code", "name", "raised when", "proofs"), rows),
    )


def _files() -> str:
    rows = [
        (f'<a class="code" href="{name}">{name}</a>', escape(what), escape(shows))
        for name, what, shows in readme.CONTENTS
    ]
    return _section("files", "Files of the bundle", _table(("file", "what it is", "shows"), rows))


def _list(anchor: str, title: str, texts: Iterable[str]) -> str:
    return _section(anchor, title, "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>")


def _section(anchor: str, title: str, body: str) -> str:
    return f'<section id="{anchor}"><h2>{escape(title)}</h2>{body}</section>'


def _table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in headers)
    body = "".join(
        "<tr>"
        + "".join(
            f'<td data-name="{escape(name)}">{cell}</td>' for name, cell in zip(headers, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return (
        '<div class="wide"><table'
        f' class="stack"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _state(state: str) -> str:
    kind = {"not run": "error", "not_applicable": "none", "not applicable": "none"}.get(state, state)
    return f'<b class="{kind}">{escape(state.replace("_", " "))}</b>'

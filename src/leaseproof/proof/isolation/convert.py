"""Turns a spec into a proof: one pair, its permutations as written orders, expectations as the server answered.

A permutation may leave steps out, launch one twice and put a session's steps in any order: then the pair has
``free_orders``. The markers delay only the tester's report and have no part.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leaseproof.proof.answers import rows_text
from leaseproof.proof.files import toml_string, toml_value
from leaseproof.proof.isolation.spec import Placed, Spec, all_permutations
from leaseproof.proof.isolation.tester import Ran
from leaseproof.proof.outcome import SUCCESS

OWNER = "control_owner"  # the session that runs the spec's own setup and teardown
NOT_ACCEPTED = "accepted = false  # recorded from the server's answers: read them, then set this to true"

ENDS_ITS_OWN_WAIT = ("40P01", "55P03", "57014")  # whether the tester saw such a step wait is a matter of time

Member = tuple[tuple[Placed, ...], Sequence[Ran]]  # a permutation and what its steps did


@dataclass(frozen=True, kw_only=True)
class Converted:
    """The pair made from a spec."""

    stem: str
    sql: str
    manifest: str
    permutations: int


def convert(spec: Spec, ran: Sequence[Sequence[Ran]], *, name: str, invariant: str) -> Converted:
    """Return the pair that a spec becomes.

    Args:
        spec: as read.
        ran: what each permutation did, from :class:`~leaseproof.proof.isolation.tester.Tester`.
        name: of the spec; the id and the file names are made from it.
        invariant: of the manifest.

    A step that a permutation launches more than once has a number from its second launch on; a permutation that
    stands in the spec twice is one order.
    """
    members: dict[tuple[str, ...], Member] = {}
    for permutation, outcomes in zip(all_permutations(spec), ran, strict=True):
        members.setdefault(_launches([placed.step for placed in permutation]), (permutation, outcomes))
    most = Counter[str]()
    for permutation, _ in members.values():
        most |= Counter(placed.step for placed in permutation)
    steps = {
        session.name: [launch for step in session.steps for launch in _launches([step] * most[step])]
        for session in spec.sessions
    }
    claim = f"The spec {name} answers as recorded."
    return Converted(
        stem=identifier(name),
        sql=_sql(spec, most, claim),
        manifest=_manifest(spec, members, steps, claim, name, invariant),
        permutations=len(ran),
    )


def identifier(name: str) -> str:
    """Return a name as markers and manifests have them: lower case, digits and _, a letter first."""
    plain = re.sub(r"\W+", "_", name.lower()).strip("_")
    return plain if plain[:1].isalpha() else f"s_{plain}"


def _says(sql: str | None) -> bool:
    """Return whether a setup or a teardown has a statement."""
    return bool((sql or "").strip())


def _ended(sql: str) -> str:
    """Return statements whose last one is ended, as a script needs it; a step that does nothing selects nothing."""
    plain = sql.strip() or "SELECT"
    return plain if plain.endswith(";") else f"{plain}\n;"


def _sql(spec: Spec, most: Mapping[str, int], claim: str) -> str:
    parts = [f"-- {claim}\n"]
    for number, setup in enumerate(spec.setups, start=1):
        parts.append(f"-- @setup setup_{number}: {OWNER}\n{_ended(setup)}\n")
    for session in spec.sessions:
        if _says(session.setup):
            parts.append(f"-- @setup setup_of_{identifier(session.name)}: {identifier(session.name)}\n{_ended(session.setup)}\n")
    for session in spec.sessions:
        for step, sql in session.steps.items():
            for launch in _launches([step] * most[step]):
                parts.append(f"-- @step {launch}: {identifier(session.name)}\n{_ended(sql)}\n")
    for session in spec.sessions:  # roles and settings are not of the database that a proof leaves behind
        if _says(session.teardown):
            name = identifier(session.name)
            parts.append(f"-- @check teardown_of_{name}: {name}\n{_ended(session.teardown)}\n")
    if _says(spec.teardown):
        parts.append(f"-- @check teardown: {OWNER}\n{_ended(spec.teardown)}\n")
    return "\n".join(parts)


def _launches(steps: Sequence[str]) -> tuple[str, ...]:
    """Return a name of its own for each launch: ``a``, ``a_launch_2`` …"""
    counts: Counter[str] = Counter()
    names = []
    for step in steps:
        counts[step] += 1
        names.append(identifier(step) + (f"_launch_{counts[step]}" if counts[step] > 1 else ""))
    return tuple(names)


def _manifest(
    spec: Spec,
    members: Mapping[tuple[str, ...], Member],
    steps: Mapping[str, Sequence[str]],
    claim: str,
    proof_id: str,
    invariant: str,
) -> str:
    sessions = {OWNER: "owner"} if spec.setups or _says(spec.teardown) else {}
    sessions |= {
        identifier(one.name): "owner"
        for one in spec.sessions
        if steps[one.name] or _says(one.setup) or _says(one.teardown)
    }
    in_file_order = all(
        [launch for launch in order if launch in own] == own for order in members for own in steps.values()
    )
    lines = [
        f"id = {toml_string(proof_id)}",
        f"claim = {toml_string(claim)}",
        f"invariant = {toml_string(invariant)}",
        NOT_ACCEPTED,
        "timeout_ms = 60000",
        *([] if in_file_order else ["free_orders = true"]),
        "schedule = [",
        *(f"    {toml_value(order)}," for order in members),
        "]",
        "",
        "[sessions]",
        *(f"{name} = {toml_string(role)}" for name, role in sessions.items()),
    ]
    for order, (permutation, outcomes) in members.items():
        marked = {placed.step for placed in permutation if placed.blockers}
        lines += ["", "[[outcome.schedules]]", f"order = {toml_value(order)}"]
        names = _launches([one.step for one in outcomes])
        lines += [f"expect.{name} = {_expectation(one, one.step in marked)}" for name, one in zip(names, outcomes, strict=True)]
    return "\n".join(lines) + "\n"


def _expectation(one: Ran, marked: bool) -> str:
    """Return what a step must answer; where a marker delayed the report, whether it waited is not known."""
    fields: Mapping[str, str] = {
        "sqlstate": toml_string(one.sqlstate) if one.sqlstate != SUCCESS else "",
        "rows": rows_text(one.rows) if one.rows and one.sqlstate == SUCCESS else "",
        "blocks": "" if marked or one.sqlstate in ENDS_ITS_OWN_WAIT else toml_value(one.waited),
    }
    inside = ", ".join(f"{name} = {text}" for name, text in fields.items() if text)
    return f"{{ {inside} }}" if inside else f"{{ sqlstate = {toml_string(one.sqlstate)} }}"

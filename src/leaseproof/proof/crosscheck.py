"""What a manifest says against what its SQL file has: names, claim, schedules, outcomes. No I/O."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from leaseproof.proof.nearest import hint
from leaseproof.proof.outcome import SUCCESS
from leaseproof.proof.schedule import count_interleavings
from leaseproof.proof.script import Script, Step
from leaseproof.proof.source import Source
from leaseproof.proof.toml import Document, Path

if TYPE_CHECKING:
    from leaseproof.proof.manifest import Manifest


def check_pair(document: Document, source: Source, script: Script, manifest: "Manifest") -> None:
    """Hold both files of a pair to each other.

    Args:
        document: the manifest's text.
        source: the SQL file's text.
        script: of the SQL file.
        manifest: as read from the document.

    Raises:
        ProofFileError: the first thing that does not fit, with its place.
    """
    _check_claim(document, script, manifest)
    _check_sessions(document, source, script, manifest)
    _check_expectations(document, ("expect",), script, manifest)
    _check_schedule(document, script, manifest)
    _check_outcome(document, script, manifest)


def file_order(script: Script) -> tuple[str, ...]:
    """Return the scheduled steps as the file has them."""
    return tuple(step.name for step in script.steps if step.phase == "step")


def contested(manifest: "Manifest", steps: Iterable[Step]) -> tuple[str, ...]:
    """Return the steps that an outcome over the set is about; by default each session's last scheduled."""
    if manifest.outcome is None:
        return ()
    if manifest.outcome.contest:
        return manifest.outcome.contest
    last = {step.session: step.name for step in steps if step.phase == "step"}
    return tuple(last.values())


def count_schedules(script: Script) -> int:
    """Return in how many orders the scheduled steps can be merged."""
    return count_interleavings(
        list(Counter(step.session for step in script.steps if step.phase == "step").values())
    )


def _check_claim(document: Document, script: Script, manifest: "Manifest") -> None:
    if (claim := " ".join(manifest.claim.split())) != script.claim:
        raise document.at(
            ("claim",),
            f'got a claim that differs from the SQL file\'s; expected "{script.claim}" (here: "{claim}");'
            " make the two equal",
        )


def _check_sessions(document: Document, source: Source, script: Script, manifest: "Manifest") -> None:
    sessions = manifest.sessions
    if not script.steps[0].session:
        raise document.at(
            ("sessions",),
            f"got {len(sessions)} sessions for a SQL file without a marker; expected exactly one;"
            " put a marker such as -- @step attack: session above each step, or leave one session",
            key=True,
        )
    for step in script.steps:
        if step.session not in sessions:
            lines = source.text.split("\n")
            start = sum(len(line) + 1 for line in lines[: step.line - 1])
            line = lines[step.line - 1]
            column = line.index(step.session, line.index(":"))
            raise source.error(
                f"got session {step.session!r}, which the manifest gives no role; expected one of "
                f"{', '.join(sessions)}{hint(step.session, sessions)}; or add {step.session} = "
                '"outbox_executor" below [sessions]',
                start + column,
                len(step.session),
            )
    used = {step.session for step in script.steps}
    for session in sessions:
        if session not in used:
            raise document.at(
                ("sessions", session),
                f"got session {session!r}, which no step uses; expected each session in a marker"
                f"{hint(session, used)}; remove it, or add a step",
                key=True,
            )


def _check_expectations(document: Document, path: Path, script: Script, manifest: "Manifest") -> None:
    table = document.values
    for part in path:
        table = table.get(part, {}) if isinstance(part, str) else table[part]  # type: ignore[index]
    known = [step.name for step in script.steps]
    for step, value in table.items():
        where = (*path, step)
        if step not in known:
            raise document.at(
                where,
                f"got an expectation for step {step!r}, which the SQL file does not have; expected one of "
                f"{', '.join(known)}{hint(step, known)}",
                key=True,
            )
        blocks = value.get("blocks") if isinstance(value, dict) else None
        for index, session in enumerate(blocks if isinstance(blocks, list) else ()):
            if session not in manifest.sessions:
                raise document.at(
                    (*where, "blocks", index),
                    f"got session {session!r}; expected one of {', '.join(manifest.sessions)}"
                    f"{hint(session, manifest.sessions)}",
                )


def _check_schedule(document: Document, script: Script, manifest: "Manifest") -> None:
    scheduled = file_order(script)
    values = document.values
    if "schedule" in values and not scheduled:
        raise document.at(
            ("schedule",),
            "got a schedule for a SQL file without @step; expected @step markers; use @step, or remove it",
            key=True,
        )
    if manifest.free_orders:
        _check_free_orders(document, scheduled, manifest)
    if manifest.schedule != "every":
        for key in ("max_schedules", "sample", "seed"):
            if key in values:
                raise document.at(
                    (key,),
                    f'got {key} without schedule = "every"; expected both or neither; add it, or remove'
                    f" {key}",
                    key=True,
                )
        single = isinstance(values.get("schedule", [""])[0], str)
        for index, order in enumerate(manifest.schedule):
            path = ("schedule",) if single else ("schedule", index)
            check_order(document, path, order, script, free=manifest.free_orders)
        return
    if "seed" in values and manifest.sample is None:
        raise document.at(
            ("seed",),
            "got seed without sample; expected both or neither; add sample, or remove seed",
            key=True,
        )
    total = count_schedules(script)
    if manifest.sample is None and total > manifest.max_schedules:
        per_session = Counter(step.session for step in script.steps if step.phase == "step")
        each = " and ".join(f"{count} of {session}" for session, count in per_session.items())
        raise document.at(
            ("schedule",),
            f"got {total:,} interleavings of {len(scheduled)} steps ({each}); expected at most"
            f" {manifest.max_schedules:,};"
            f" set max_schedules = {total} to run them all, make several statements one step,"
            " or set sample = N to draw some",
        )


def _check_free_orders(document: Document, scheduled: Sequence[str], manifest: "Manifest") -> None:
    """Hold all free orders together to the file: no step is in none of them."""
    if manifest.schedule == "every" or not manifest.schedule:
        raise document.at(
            ("free_orders",),
            "got free_orders without written orders; expected schedule = [[...], ...]; write them, or remove"
            " free_orders",
            key=True,
        )
    if manifest.outcome is not None and manifest.outcome.winners is not None:
        raise document.at(
            ("outcome", "winners"),
            "got winners with free_orders; expected what each order answers in [[outcome.schedules]]: an order"
            " may leave a contested step out; remove one of the two",
            key=True,
        )
    launched = {name for order in manifest.schedule for name in order}
    if missing := [name for name in scheduled if name not in launched]:
        raise document.at(
            ("schedule",),
            f"got no order with {', '.join(missing)}; expected every @step step in at least one; add"
            f" {missing[0]!r} to one, or remove the step",
            key=True,
        )


def check_order(
    document: Document, path: Path, order: Sequence[str], script: Script, *, free: bool = False
) -> None:
    """Hold one written order to the file: each scheduled step once, each session in its own order.

    Args:
        document: the manifest's text.
        path: of the order in it.
        order: the names of its steps.
        script: of the SQL file.
        free: steps may be left out, and a session's own order is the written one.

    Raises:
        ProofFileError: it is not such an order.
    """
    steps = {step.name: step for step in script.steps}
    scheduled = file_order(script)
    turns: dict[str, list[str]] = {}
    for name in scheduled:
        turns.setdefault(steps[name].session, []).append(name)
    for index, name in enumerate(order):
        where = (*path, index)
        if name not in steps:
            raise document.at(
                where,
                f"got unknown step {name!r}; expected one of {', '.join(scheduled)}{hint(name, scheduled)}",
            )
        if name not in scheduled:
            raise document.at(
                where,
                f"got @{steps[name].phase} step {name!r} in a schedule; expected @step steps only:"
                f" {name} always runs {'before' if steps[name].phase == 'setup' else 'after'} them;"
                " remove it",
            )
        if name in order[:index]:
            raise document.at(
                where, f"got step {name!r} twice in one order; expected each step once; remove one"
            )
        due = turns[steps[name].session][0]
        if name != due and not free:
            raise document.at(
                where,
                f"got step {name!r} before {due!r}; expected each session's steps in the order of the SQL"
                " file;"
                f" {steps[name].session} runs {due!r} first",
            )
        turns[steps[name].session].remove(name)
    if not free and (missing := [name for name in scheduled if name not in order]):
        raise document.at(
            path,
            f"got an order without {', '.join(missing)}; expected every @step step once; add {missing[0]!r}",
        )


def _check_outcome(document: Document, script: Script, manifest: "Manifest") -> None:
    outcome = manifest.outcome
    if outcome is None:
        return
    scheduled = file_order(script)
    for index, name in enumerate(outcome.contest):
        if name not in scheduled:
            raise document.at(
                ("outcome", "contest", index),
                f"got {name!r} in the contest; expected @step steps:"
                f" {', '.join(scheduled)}{hint(name, scheduled)}",
            )
    contest = contested(manifest, script.steps)
    given = document.values["outcome"]
    for key in ("winners", "losers"):
        if key in given and len(contest) < 2:
            raise document.at(
                ("outcome", key),
                f"got {key} without a contest; expected at least two contested steps, got {len(contest)}"
                f" ({', '.join(contest) or 'none'}); name them in contest = [...], or use [expect]",
                key=True,
            )
    if "losers" in given and "winners" not in given:
        raise document.at(
            ("outcome", "losers"),
            "got losers without winners; expected how many win; add winners = 1",
            key=True,
        )
    if outcome.winners is not None and outcome.winners > len(contest):
        raise document.at(
            ("outcome", "winners"),
            f"got {outcome.winners} winners of {len(contest)} contested steps ({', '.join(contest)});"
            f" expected at most {len(contest)}; lower it, or name more in contest",
        )
    if outcome.winners is not None and outcome.winners < len(contest) and not outcome.losers:
        raise document.at(
            ("outcome", "winners"),
            f"got {outcome.winners} of {len(contest)} contested steps as winners and no losers;"
            ' expected what the others answer; add losers = "P7002"',
        )
    if SUCCESS in outcome.losers:
        raise document.at(
            ("outcome", "losers"),
            f"got {SUCCESS}, which is success; expected what a losing step answers; remove it",
        )
    for index, override in enumerate(outcome.schedules):
        path = ("outcome", "schedules", index)
        check_order(document, (*path, "order"), override.order, script, free=manifest.free_orders)
        _check_expectations(document, (*path, "expect"), script, manifest)
        if manifest.schedule != "every" and override.order not in (manifest.schedule or (scheduled,)):
            raise document.at(
                (*path, "order"),
                "got an order that the schedule does not run; expected one of its orders; add it there",
            )

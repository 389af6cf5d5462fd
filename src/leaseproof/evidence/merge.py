"""Joining the bundles of a run's parts (``ci --shard I/N``) into one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from leaseproof.errors import LeaseproofError
from leaseproof.evidence.bundle import EVIDENCE
from leaseproof.evidence.page import Timeline
from leaseproof.evidence.reading import record_of
from leaseproof.evidence.record import Ending, Record, Regression, State, Step, Test, listed
from leaseproof.evidence.verify import verify_files

SAME: tuple[tuple[str, Callable[[Record], Any]], ...] = (
    ("commit", lambda record: record.commit),
    ("changed files", lambda record: tuple(record.dirty)),
    ("server version", lambda record: record.server_version),
    ("digests of proofs, tests and model", lambda record: dict(record.digests)),
    ("expected proofs", lambda record: tuple(record.expected_proofs)),
    ("standing invariants", lambda record: tuple(record.invariants)),
    ("claims of the invariants", lambda record: dict(record.claims)),
    ("catalog of the proved database", lambda record: dict(record.catalog)),
    ("number of parts", lambda record: record.shard[1]),
)
WORST: Mapping[State, int] = {"passed": 0, "skipped": 1, "failed": 2}
WORST_ENDING: Mapping[Ending, int] = {"finished": 0, "interrupted": 1, "unfinished": 2}
WORST_TEST = ("passed", "skipped", "not run", "failed", "error")


def merge(bundles: Mapping[str, Mapping[str, bytes]], *, timeline: Timeline | None = None) -> Record:
    """Return the record of the whole run.

    Args:
        bundles: name of each part's bundle → its files.
        timeline: draws one schedule of a proof, as when the parts were made; nothing: ``index.html`` is not
            compared.

    Raises:
        LeaseproofError: a bundle is not whole; a part is missing or there twice; two parts are of different
            commits, server versions or models; a proof ran in two parts or in none.
    """
    if not bundles:
        raise LeaseproofError(
            "got no bundle; expected those of all parts; name their folders or the folder that holds them"
        )
    records: dict[str, Record] = {}
    for name, files in bundles.items():
        if problems := verify_files(files, timeline=timeline).problems:
            raise LeaseproofError(
                f"got {name}, which is not whole ({problems[0]}); expected whole bundles; get it again"
            )
        records[name] = record_of(files)
    _check_same(records)
    _check_parts(records)
    parts = [record for _, record in sorted(records.items(), key=lambda item: item[1].shard[0])]
    proofs = _proofs(parts)
    first = parts[0]
    return replace(
        first,
        ending=max((part.ending for part in parts), key=WORST_ENDING.__getitem__),
        signal=next((part.signal for part in parts if part.signal), ""),
        shard=(1, 1),
        steps=_steps(parts),
        collected_proofs=tuple(sorted({path for part in parts for path in part.collected_proofs})),
        tests=_tests(parts),
        proofs=proofs,
        regression=_regression(parts),
        strength="\n".join(part.strength for part in parts if part.strength),
        teeth=next((part.teeth for part in parts if part.teeth.kills), first.teeth),
        withheld=tuple(sorted({name for part in parts for name in part.withheld})),
        run={"parts": [dict(part.run) for part in parts]},
    )


def _check_same(records: Mapping[str, Record]) -> None:
    first_name, first = next(iter(records.items()))
    for name, record in records.items():
        for what, of in SAME:
            if of(record) != of(first):
                raise LeaseproofError(
                    f"got another {what} in {name} than in {first_name}{_both(of(record), of(first))};"
                    " expected parts of one run; merge only those"
                )


def _both(one: Any, other: Any) -> str:
    return f" ({one!r} and {other!r})" if isinstance(one, str | int) else ""


def _check_parts(records: Mapping[str, Record]) -> None:
    of = next(iter(records.values())).shard[1]
    there = [record.shard[0] for record in records.values()]
    if twice := sorted({part for part in there if there.count(part) > 1}):
        raise LeaseproofError(
            f"got part {twice[0]} of {of} twice; expected each part once; leave one of them out"
        )
    if missing := sorted(set(range(1, of + 1)) - set(there)):
        raise LeaseproofError(
            f"got no part {', '.join(map(str, missing))} of {of}; expected all {of}; run it with invoke ci"
            f" --shard {missing[0]}/{of}"
        )


def _proofs(parts: Sequence[Record]) -> tuple[Mapping[str, Any], ...]:
    proofs = sorted((proof for part in parts for proof in part.proofs), key=lambda proof: proof["path"])
    paths = [proof["path"] for proof in proofs]
    if twice := sorted({path for path in paths if paths.count(path) > 1}):
        raise LeaseproofError(
            f"got proofs that ran in two parts: {listed(twice)}; expected each in one; shard with one version"
        )
    collected = {path for part in parts for path in part.collected_proofs}
    if missing := sorted(set(parts[0].expected_proofs) - collected):
        raise LeaseproofError(
            f"got proofs that no part collected: {listed(missing)}; expected each in one part; run all parts"
            " anew"
        )
    return tuple(proofs)


def _steps(parts: Sequence[Record]) -> tuple[Step, ...]:
    names = list(dict.fromkeys(step.name for part in parts for step in part.steps if step.name != EVIDENCE))
    return tuple(_step(name, parts) for name in names)


def _step(name: str, parts: Sequence[Record]) -> Step:
    found = [(part.shard[0], step) for part in parts for step in part.steps if step.name == name]
    state = max((step.state for _, step in found), key=WORST.__getitem__)
    reasons = [f"part {number}: {step.reason}" for number, step in found if step.reason]
    if len({step.reason for _, step in found}) == 1:
        reasons = [found[0][1].reason]
    return Step(
        name=name,
        state=state,
        seconds=round(sum(step.seconds for _, step in found), 2),
        reason="; ".join(reasons),
    )


def _tests(parts: Sequence[Record]) -> tuple[Test, ...]:
    merged: dict[str, Test] = {}
    for test in (test for part in parts for test in part.tests):
        before = merged.get(test.nodeid)
        if before is None or WORST_TEST.index(test.result) > WORST_TEST.index(before.result):
            merged[test.nodeid] = test
    return tuple(test for _, test in sorted(merged.items()))


def _regression(parts: Sequence[Record]) -> Regression | None:
    found = [part.regression for part in parts if part.regression is not None]
    if len(found) < len(parts):
        return None
    names = sorted({name for one in found for name in one.violations})
    return Regression(
        dispatching=sum(one.dispatching for one in found),
        violations={name: sum(one.violations.get(name, 0) for one in found) for name in names},
        problems=tuple(sorted({text for one in found for text in one.problems})),
        exceptions=tuple(sorted({text for one in found for text in one.exceptions})),
    )

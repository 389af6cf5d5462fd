"""Runs one proof: each schedule from the same starting state, judged, the standing invariants after it."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from leaseproof.errors import LeaseproofError
from leaseproof.proof.judge import expected_codes, judge_breaks, judge_schedule
from leaseproof.proof.manifest import Manifest, Proof, contested
from leaseproof.proof.outcome import ProofResult, Result, ScheduleOutcome
from leaseproof.proof.played import Played
from leaseproof.proof.pool import Arena, Pool
from leaseproof.proof.schedule import Explicit, Guide, Interleavings, sample_orders
from leaseproof.proof.script import Step
from leaseproof.proof.stage import DeadlockAhead, Stage

PASSED_SCHEDULES_KEPT = 3
DATABASE_NAME = (
    "DBNAME"  # a value that every proof has, as in psql; names of prepared transactions are the server's
)
NOT_ACCEPTED = (
    "the manifest was recorded from the server's answers and nobody has accepted it yet:"
    " read it, then delete accepted = false"
)

OnLaunch = Callable[[Arena, Step], None]


@dataclass
class Tally:
    """What the schedules of one proof added up to."""

    passed_kept: int = PASSED_SCHEDULES_KEPT
    kept: list[ScheduleOutcome] = field(default_factory=list)
    observed: dict[str, set[str]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    run: int = 0
    passed: int = 0
    infeasible: int = 0
    waits: int = 0
    invariants_checked: int = 0

    def add(self, schedule: ScheduleOutcome) -> None:
        """Count one schedule; keep it if it failed or is among the first that passed."""
        self.run += 1
        good = not schedule.problems and not schedule.violations
        self.passed += good
        self.waits += sum(step.waited for step in schedule.steps)
        for step in schedule.steps:
            self.observed.setdefault(step.step, set()).add(step.sqlstate)
        if not good or self.passed <= self.passed_kept:
            self.kept.append(schedule)


def run_proof(
    proof: Proof, pool: Pool, *, on_launch: OnLaunch | None = None, passed_kept: int = PASSED_SCHEDULES_KEPT
) -> ProofResult:
    """Run a proof and judge it.

    Args:
        proof: the SQL file and its manifest.
        pool: gives databases and connections; afterwards it is ready for the next proof.
        on_launch: called before each launch of a step, as when a person looks on.
        passed_kept: how many passed schedules the result shows, beside all that failed.
    """
    began = time.perf_counter()
    tally = Tally(passed_kept=passed_kept)
    try:
        result, reason = _run(proof, pool, tally, on_launch)
    except LeaseproofError as error:
        pool.retire()
        result, reason = "error", str(error)
    except BaseException:
        pool.retire()  # nobody knows what it looks like: the next proof gets another database
        raise
    return _result(proof, tally, result, reason, (time.perf_counter() - began) * 1000)


def _run(proof: Proof, pool: Pool, tally: Tally, on_launch: OnLaunch | None) -> tuple[Result, str]:
    """Run all schedules; return how the proof ended, and why where that is not in a schedule."""
    manifest = proof.manifest
    if unmet := _unmet(manifest, pool):
        return "not_applicable", unmet
    _run_schedules(proof, pool, tally, on_launch)
    problems = judge_breaks(manifest.breaks, tally.broken, pool.invariant_names)
    if not tally.run:
        problems.append("not one schedule was run")
    if not manifest.accepted:
        problems.append(NOT_ACCEPTED)
    failed = bool(problems) or tally.passed < tally.run
    if manifest.sample is not None:
        problems.append(f"{tally.run} orders drawn with seed {manifest.seed}")
    return "failed" if failed else "passed", "; ".join(problems)


def _run_schedules(proof: Proof, pool: Pool, tally: Tally, on_launch: OnLaunch | None) -> None:
    manifest = proof.manifest
    steps = {step.name: step for step in proof.script.steps if step.phase == "step"}

    def turns(order: Iterable[str]) -> Mapping[str, Sequence[Step]]:
        """Return each session's own steps as an order has them."""
        return {
            session: [steps[name] for name in order if steps[name].session == session]
            for session in manifest.sessions
        }

    contest = contested(manifest, proof.script.steps)
    scheduled = turns(steps)
    for guide in _guides(manifest, scheduled, tally):
        own = turns(guide.order) if isinstance(guide, Explicit) else scheduled
        played, violations = _play(proof, pool, guide, own, on_launch)
        tally.invariants_checked += len(pool.invariant_names)
        if manifest.sample is not None and played.infeasible:
            tally.infeasible += 1
            continue
        tally.broken.update(violations)
        tally.add(
            ScheduleOutcome(
                order=played.order,
                feasible=not played.infeasible,
                steps=tuple(played.outcomes.values()),
                events=tuple(played.events),
                problems=judge_schedule(manifest, played, contest),
                violations=tuple(name for name in violations if name not in manifest.breaks),
            )
        )


def _guides(manifest: Manifest, scheduled: Mapping[str, Sequence[Step]], tally: Tally) -> Iterator[Guide]:
    """Yield what leads each schedule, after the one before was played."""
    if manifest.schedule != "every":
        for order in manifest.schedule:
            yield Explicit(order)
        return
    names = {session: [step.name for step in steps] for session, steps in scheduled.items() if steps}
    if manifest.sample is not None:
        for order in sample_orders(names, manifest.sample, manifest.seed):
            yield Explicit(order)
        return
    tree = Interleavings(names)
    while (guide := tree.next_guide()) is not None:
        yield guide
    tally.infeasible += tree.infeasible


def _play(
    proof: Proof,
    pool: Pool,
    guide: Guide,
    scheduled: Mapping[str, Sequence[Step]],
    on_launch: OnLaunch | None,
) -> tuple[Played, tuple[str, ...]]:
    """Play one schedule on a pristine database; return it with the invariants that did not hold after it."""
    manifest = proof.manifest
    steps = proof.script.steps
    victims: frozenset[str] = frozenset()
    while True:
        arena = pool.take(fresh=manifest.fresh_database)
        sessions = arena.open_sessions(
            manifest.sessions,
            {DATABASE_NAME: arena.database},
            timeout_ms=manifest.timeout_ms,
            victims=victims,
        )
        stage = Stage(
            sessions,
            arena.watch,
            timeout_ms=manifest.timeout_ms,
            victims=victims,
            seeded=arena.seeded,
            on_launch=partial(on_launch, arena) if on_launch else None,
        )
        try:
            played = stage.play(
                guide,
                setup=[step for step in steps if step.phase == "setup"],
                scheduled=scheduled,
                checks=[step for step in steps if step.phase == "check"],
                may_fail=frozenset(manifest.expect),
            )
        except DeadlockAhead as ahead:
            victims = ahead.victims
            guide.replay(stage.order)
            arena.close_sessions(sessions)
            arena.examine()
            continue
        arena.close_sessions(sessions)
        return played, arena.examine()


def _unmet(manifest: Manifest, pool: Pool) -> str:
    """Return in words the first server setting that is too small, or nothing.

    Raises:
        LeaseproofError: there is no such setting; a slip of the pen must not switch a proof off.
    """
    for name, least in manifest.requires.items():
        value = pool.setting(name)
        if value is None:
            raise LeaseproofError(
                f"got requires = {{ {name} = {least} }}, a setting that this server does not know; expected the name of"
                " one, as in pg_settings; correct it"
            )
        if not value.lstrip("-").isdecimal() or int(value) < least:
            return f"needs {name} >= {least}; this server has {value}"
    return ""


def _result(proof: Proof, tally: Tally, result: Result, reason: str, duration_ms: float) -> ProofResult:
    manifest = proof.manifest
    steps = proof.script.steps
    expected = expected_codes(manifest, [step.name for step in steps], contested(manifest, steps))
    return ProofResult(
        id=manifest.id,
        path=proof.path,
        claim=manifest.claim,
        invariant=manifest.invariant,
        covers=tuple(manifest.covers),
        result=result,
        reason=reason,
        expected=expected,
        observed={step: ",".join(sorted(codes)) for step, codes in sorted(tally.observed.items())},
        roles=tuple(sorted(set(manifest.sessions.values()))),
        schedules_run=tally.run,
        schedules_infeasible=tally.infeasible,
        waits=tally.waits,
        invariants_checked=tally.invariants_checked,
        breaks=tuple(manifest.breaks),
        schedules=tuple(tally.kept),
        digest=proof.digest,
        duration_ms=duration_ms,
    )

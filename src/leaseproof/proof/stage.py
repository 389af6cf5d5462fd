"""Plays one schedule: launches steps in the order a guide gives and takes each outcome when its step ends.

A launched step either ends or is seen waiting by the server; only then comes the next launch. Nothing is
decided by the clock but the length of a look's pause and the bounds that end a wait which nothing else can
end.
"""

import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence

from leaseproof.database.wire import readable
from leaseproof.proof.outcome import SUCCESS, StepOutcome
from leaseproof.proof.played import Played, listed, name_backends
from leaseproof.proof.schedule import Guide, Order
from leaseproof.proof.script import Step
from leaseproof.proof.session import Session
from leaseproof.proof.watch import PREPARED_TRANSACTION, Sight, Watch, find_cycle

FIRST_PAUSE_MS = 1.0  # on the socket, before the first look at the lock view
LONGEST_PAUSE_MS = 10.0
SIGNAL_PATIENCE_MS = 1_000.0  # for a signalled backend to show its end or its cancelled statement
SIGNAL_GRACE_MS = 20.0  # past that, for what it sets free
STALL_LOOK_MS = 250.0  # between two looks at what a step that is not blocked by ours waits for
CIRCLE_MS = 2_000.0  # for the named victim's deadlock_timeout to end a circle of waits
SERVER_GRACE_MS = 2_000.0  # past the statement timeout, before the engine cancels by itself

DEADLOCK = "40P01"
_END_A_WAIT = (DEADLOCK, "55P03", "57014", "57P01")

_SIGNALS = re.compile(r"\bpg_(terminate|cancel)_backend\b", re.IGNORECASE)


class DeadlockAhead(Exception):
    """A circle of waits that no deadlock_timeout will end soon: play again with a victim named beforehand.

    Args:
        victims: sessions that must have a short deadlock_timeout, so that the same one fails each time.
    """

    def __init__(self, victims: frozenset[str]) -> None:
        super().__init__(", ".join(sorted(victims)))
        self.victims = victims


class Stage:
    """The sessions of one proof and the watch over them.

    Args:
        sessions: by name, in file order.
        watch: looks at them from outside.
        timeout_ms: the statement timeout that the sessions have.
        victims: sessions with a short deadlock_timeout; the others never look for a deadlock by themselves.
        seeded: whether deadlock_timeout could be set at all; if not, the server's own decides who fails.
        on_launch: called before each launch.
    """

    def __init__(
        self,
        sessions: Mapping[str, Session],
        watch: Watch,
        *,
        timeout_ms: int,
        victims: frozenset[str] = frozenset(),
        seeded: bool = True,
        on_launch: Callable[[Step], None] | None = None,
    ) -> None:
        self._sessions = sessions
        self._watch = watch
        self._limit_ms = timeout_ms + SERVER_GRACE_MS
        self._victims = victims
        self._seeded = seeded
        self._on_launch = on_launch
        self._pids = [session.wire.pid for session in sessions.values()]
        self._names = {session.wire.pid: name for name, session in sessions.items()} | {
            0: PREPARED_TRANSACTION
        }
        self._waiting: list[Session] = []  # in launch order
        self._circle_since: float | None = None  # when a circle that a victim should end was first seen
        self._played = Played()

    def play(
        self,
        guide: Guide,
        *,
        setup: Sequence[Step],
        scheduled: Mapping[str, Sequence[Step]],
        checks: Sequence[Step],
        may_fail: Collection[str] = (),
    ) -> Played:
        """Play setup, the schedule and the checks.

        Args:
            guide: chooses the order of the scheduled steps.
            setup: steps before the schedule, in order.
            scheduled: each session's own steps, in the order in which it runs them.
            checks: steps after the schedule, in order.
            may_fail: setup steps whose failure is expected.

        Raises:
            DeadlockAhead: the sessions must be made anew with these victims.
        """
        played = self._played
        for step in setup:
            if not self._run_alone(step) or (
                played.outcomes[step.name].sqlstate != SUCCESS and step.name not in may_fail
            ):
                played.broken_setup = step.name
                return played
        self._run_schedule(guide, scheduled)
        if played.infeasible:
            return played
        for step in checks:
            self._run_alone(step)
        return played

    @property
    def order(self) -> Order:
        """Return the scheduled steps launched so far."""
        return self._played.order

    def _run_schedule(self, guide: Guide, scheduled: Mapping[str, Sequence[Step]]) -> None:
        steps = {step.name: step for each in scheduled.values() for step in each}
        left = {name: list(each) for name, each in scheduled.items()}
        order: Order = ()
        while any(left.values()):
            following = {name: each[0].name for name, each in left.items() if each}
            ready = [step for name, step in following.items() if not self._sessions[name].busy]
            held = [step for name, step in following.items() if self._sessions[name].busy]
            if not ready and guide.ends_waits:
                self._end_first_wait()
                continue
            chosen = guide.choose(order, ready, held)
            if chosen is None:
                self._played.infeasible = self._why_not(guide.wanted(order), steps)
                break
            order = (*order, chosen)
            self._played.order = order
            left[steps[chosen].session].pop(0)
            self._launch(steps[chosen])
        self._end_waits()

    def _why_not(self, wanted: str | None, steps: Mapping[str, Step]) -> str:
        if wanted is None:
            return "the order ends before every step was launched"
        session = self._sessions[steps[wanted].session]
        if session.step is None:
            return f"step {wanted!r} is not the next step of session {session.name!r}"
        return (
            f"step {wanted!r} cannot be launched: its session {session.name!r} still waits"
            f" for {listed(session.waiting_for or ())} in step {session.step.name!r}"
        )

    def _run_alone(self, step: Step) -> bool:
        """Run a setup or check step to its end; say whether it ended by itself."""
        self._launch(step)
        self._end_waits()
        return step.name not in self._played.hung

    def _launch(self, step: Step) -> None:
        session = self._sessions[step.session]
        if self._on_launch is not None:
            self._on_launch(step)
        self._played.note("launch", session.name, step.name)
        outcome = session.launch(step)
        ended = {session.name: outcome} if outcome is not None else {}
        self._settle(ended, launched=session)
        if session.name in ended and any(_SIGNALS.search(command.sql) for command in step.commands):
            self._await_signalled(ended)
        self._report(step, session, ended)

    def _report(self, step: Step, session: Session, ended: Mapping[str, StepOutcome]) -> None:
        """Write down what a launch led to: its own step first, then those it released, in launch order."""
        if session.name in ended:
            outcome = (
                ended[session.name]
                if ended[session.name].sqlstate != DEADLOCK
                else name_backends(ended[session.name], self._names)
            )
            if outcome.waited:
                self._played.note("wait", session.name, step.name, f"for {listed(outcome.waited_for)}")
            self._finish(outcome, woken=outcome.waited)
        else:
            self._played.note("wait", session.name, step.name, f"for {listed(session.waiting_for or ())}")
            self._waiting.append(session)
        self._report_woken(ended, besides=session)

    def _report_woken(self, ended: Mapping[str, StepOutcome], besides: Session | None = None) -> None:
        for waiter in [each for each in self._waiting if each.name in ended and each is not besides]:
            self._waiting.remove(waiter)
            self._finish(ended[waiter.name], woken=True)

    def _finish(self, outcome: StepOutcome, *, woken: bool) -> None:
        session = self._sessions[outcome.session]
        if woken and outcome.sqlstate not in _END_A_WAIT:
            self._played.note("wake", outcome.session, outcome.step)
        if outcome.sqlstate != SUCCESS:
            text = outcome.sqlstate
        else:
            text = (
                ""
                if outcome.row_count is None
                else f"{outcome.row_count} row{'' if outcome.row_count == 1 else 's'}"
            )
        self._played.note("done", outcome.session, outcome.step, text)
        self._played.outcomes[outcome.step] = outcome
        if session.stalled and outcome.sqlstate != SUCCESS:
            self._played.stalls[outcome.step] = session.stalled

    def _end_waits(self) -> None:
        """Cancel, one after the other, the waits that no launch is left to end."""
        while self._waiting:
            self._end_first_wait()

    def _end_first_wait(self) -> None:
        waiter = self._waiting[0]
        assert waiter.step is not None
        reason = listed(waiter.waiting_for or ())
        self._played.hung[waiter.step.name] = reason
        why = f"cancelled: nothing is left to end its wait for {reason}"
        self._played.note("skip", waiter.name, waiter.step.name, why)
        waiter.wire.cancel()
        ended: dict[str, StepOutcome] = {}
        self._settle(ended, cancelled=waiter)
        self._report_woken(ended)

    def _settle(
        self,
        ended: dict[str, StepOutcome],
        *,
        launched: Session | None = None,
        cancelled: Session | None = None,
    ) -> None:
        """Wait until every step has ended or is seen waiting for another session of the proof."""
        pause_ms = 0.0 if ended else FIRST_PAUSE_MS
        self._circle_since = None
        heard = stall_looked = time.monotonic()
        asked_to_cancel = False
        while busy := [session for session in self._sessions.values() if session.busy]:
            ready = readable([session.wire for session in busy], pause_ms)
            if ready:
                for session in busy:
                    if session.wire in ready and (outcome := session.advance()) is not None:
                        ended[session.name] = outcome
                heard = time.monotonic()
                pause_ms = 0.0 if launched is None or launched.name in ended else FIRST_PAUSE_MS
                continue
            if self._all_wait(busy) and (cancelled is None or cancelled.name in ended):
                return
            now = time.monotonic()
            if (now - stall_looked) * 1000 > STALL_LOOK_MS:
                stall_looked = now
                self._look_at_stalls(busy)
            silent_ms = (now - heard) * 1000
            if silent_ms > self._limit_ms and not asked_to_cancel:
                asked_to_cancel = True
                for session in busy:
                    session.wire.cancel()
            elif silent_ms > self._limit_ms + SERVER_GRACE_MS:
                self._abandon(busy, ended)
            pause_ms = min(max(FIRST_PAUSE_MS, pause_ms * 2), LONGEST_PAUSE_MS)

    def _all_wait(self, busy: Sequence[Session]) -> bool:
        """Say whether every busy session waits for another of ours and only a launch can change that."""
        sights = self._look(busy)
        if sights is None or (len(busy) > 1 and self._look(busy) != sights):
            return False
        edges = {
            session.name: tuple(
                sorted(self._names[pid] for pid in set(sights[session.wire.pid].by) & set(self._names))
            )
            for session in busy
        }
        circle = find_cycle(edges)
        if circle and not self._leave_circle(circle):
            return False
        for session in busy:
            session.waiting_for = edges[session.name]
            session.waited = True
            session.waited_for.update(session.waiting_for)
        return not any(session.timed for session in busy)

    def _look(self, busy: Sequence[Session]) -> Mapping[int, Sight] | None:
        """Look at all busy sessions; None when one of them is not blocked."""
        sights = self._watch.look([session.wire.pid for session in busy], self._pids)
        if all(session.wire.pid in sights and sights[session.wire.pid].blocked for session in busy):
            return sights
        return None

    def _leave_circle(self, circle: Sequence[str]) -> bool:
        """Let the server end a deadlock whose victim is known; otherwise ask for one to be named."""
        own = any(self._sessions[name].sets_deadlock_timeout for name in circle)
        if own or not self._seeded or self._victims.issuperset(circle):
            return False
        if self._victims.intersection(circle):
            now = time.monotonic()
            self._circle_since = self._circle_since or now
            if (now - self._circle_since) * 1000 < CIRCLE_MS:
                return False
            raise DeadlockAhead(self._victims | frozenset(circle))
        waiting = [session.name for session in self._waiting if session.name in circle]
        last = [name for name in circle if name not in waiting] or waiting[-1:]
        raise DeadlockAhead(self._victims | frozenset(last[:1]))

    def _look_at_stalls(self, busy: Sequence[Session]) -> None:
        """Note what each step is doing that no session of the proof holds up."""
        sights = self._watch.look([session.wire.pid for session in busy], self._pids)
        for session in busy:
            if session.wire.pid in sights and not sights[session.wire.pid].blocked:
                session.stalled = self._watch.describe_stall(session.wire.pid)

    @staticmethod
    def _abandon(busy: Sequence[Session], ended: dict[str, StepOutcome]) -> None:
        """Take the connection away from a step that neither its timeout nor a cancel request ended."""
        for session in busy:
            session.wire.abandon("the server answered neither the step nor a cancel request")
            if (outcome := session.advance()) is not None:
                ended[session.name] = outcome

    def _await_signalled(self, ended: dict[str, StepOutcome]) -> None:
        """Wait until a signal shows in one of the sessions, and a little longer for what follows."""
        sent_alone = len(ended) == 1 and all(session.wire.lost is None for session in self._sessions.values())
        patience_ms = SIGNAL_PATIENCE_MS if sent_alone else SIGNAL_GRACE_MS
        while True:
            alive = [session for session in self._sessions.values() if session.wire.lost is None]
            ready = readable([session.wire for session in alive], patience_ms)
            if not ready:
                break
            for session in alive:
                if session.wire not in ready:
                    continue
                if not session.busy:
                    session.wire.poll_idle()
                elif (outcome := session.advance()) is not None:
                    ended[session.name] = outcome
            if len(ended) > 1 or any(session.wire.lost is not None for session in alive):
                patience_ms = SIGNAL_GRACE_MS
        self._settle(ended)

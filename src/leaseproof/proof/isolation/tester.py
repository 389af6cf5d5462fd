"""Runs a spec as the isolation tester of PostgreSQL does, with the same output.

A step is launched, then either ends or is seen waiting; reports are delayed by the markers. What decides is the server's
own lock view, restricted to the sessions of the spec.
"""

import io
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from leaseproof.database.specwire import SpecWire, kind_of, severity_and_message, sqlstate_of, table_of
from leaseproof.database.wire import rows_of
from leaseproof.errors import LeaseproofError
from leaseproof.proof.isolation.spec import Placed, Spec, all_permutations

FIRST_PAUSE_MS = 1.0
LONGEST_PAUSE_MS = 10.0
LONGEST_WAIT_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What one step of one permutation did."""

    step: str
    session: str
    waited: bool
    sqlstate: str  # of its error; 00000
    rows: tuple[tuple[str | None, ...], ...] = ()  # of its last result that has rows


@dataclass(kw_only=True)
class Active:
    """A step under way."""

    placed: Placed
    session: str
    sql: str
    targets: dict[int, int] = field(default_factory=dict)  # index of a notices marker -> total that releases it
    waited: bool = False


class Tester:
    """Runs one spec on one database.

    Args:
        spec: what to run.
        conninfo: of a database that the spec may fill; its settings are those of pg_regress.
        application_name: what the server's logs call it.
    """

    def __init__(self, spec: Spec, conninfo: str, *, application_name: str = "isolation") -> None:
        self._spec = spec
        self._out = io.StringIO()
        self._notices = {session.name: 0 for session in spec.sessions}
        self._new_notice = False
        self._active: dict[str, Active] = {}
        self._waiting: list[Active] = []
        self.ran: list[list[Ran]] = []  # a list a permutation
        self._control = SpecWire(conninfo, lambda text: None)
        self._wires = {
            session.name: SpecWire(conninfo, lambda text, name=session.name: self._take_notice(name, text))
            for session in spec.sessions
        }
        for name, wire in (("control connection", self._control), *self._wires.items()):
            wire.execute(f"SELECT set_config('application_name', '{application_name}/{name}', false)")
        pids = ",".join(str(wire.pid) for wire in self._wires.values())
        self._control.execute(
            f"PREPARE waiting (integer) AS SELECT pg_catalog.pg_isolation_test_session_is_blocked($1, '{{{pids}}}')"
        )

    def run(self) -> str:
        """Run every permutation and return the output.

        Raises:
            LeaseproofError: a setup failed, or steps wait for each other for ever.
        """
        try:
            self._print(f"Parsed test spec with {len(self._spec.sessions)} sessions\n")
            for permutation in all_permutations(self._spec):
                self.ran.append([])
                self._run_permutation(permutation)
        finally:
            for wire in (*self._wires.values(), self._control):
                wire.close()
        return self._unused() + self._out.getvalue()

    def _unused(self) -> str:
        used = {placed.step for permutation in self._spec.permutations for placed in permutation}
        if not self._spec.permutations:
            return ""
        return "".join(f"unused step name: {step}\n" for step in sorted(self._spec.session_of) if step not in used)

    def _print(self, text: str) -> None:
        self._out.write(text)

    def _take_notice(self, session: str, text: str) -> None:
        self._print(f"{session}: {text}")
        self._notices[session] += 1
        self._new_notice = True

    def _run_permutation(self, permutation: Sequence[Placed]) -> None:
        self._print(f"\nstarting permutation: {' '.join(placed.step for placed in permutation)}\n")
        for setup in self._spec.setups:
            self._prepare(self._control, setup, "setup")
        for session in self._spec.sessions:
            if session.setup is not None:
                self._prepare(self._wires[session.name], session.setup, f"setup of session {session.name}")
        sessions = self._spec.session_of
        texts = {step: sql for session in self._spec.sessions for step, sql in session.steps.items()}
        for placed in permutation:
            session_name = sessions[placed.step]
            self._free(session_name)
            self._wires[session_name].send(texts[placed.step])
            active = Active(placed=placed, session=session_name, sql=texts[placed.step])
            self._active[session_name] = active
            for index, blocker in enumerate(placed.blockers):
                if blocker.kind == "notices":
                    active.targets[index] = blocker.notices + self._notices[sessions[blocker.step]]
            must_wait = self._try(active, nonblocking=True, retry=False)
            self._try_all(nonblocking=True)
            if must_wait:
                self._waiting.append(active)
        self._try_all(nonblocking=False)
        if self._waiting:
            steps = ", ".join(active.placed.step for active in self._waiting)
            raise LeaseproofError(f"steps {steps} wait for each other's reports for ever; expected markers that can be met")
        for session in self._spec.sessions:
            if session.teardown is not None:
                self._tear_down(self._wires[session.name], session.teardown)
        if self._spec.teardown is not None:
            self._tear_down(self._control, self._spec.teardown)

    def _prepare(self, wire: SpecWire, sql: str, what: str) -> None:
        for result in wire.execute(sql)[-1:]:
            if kind_of(result) == "rows":
                self._print(table_of(result))
            elif kind_of(result) == "error":
                raise LeaseproofError(f"{what} failed: {severity_and_message(result)}")

    def _tear_down(self, wire: SpecWire, sql: str) -> None:
        for result in wire.execute(sql)[-1:]:
            if kind_of(result) == "rows":
                self._print(table_of(result))
            elif kind_of(result) == "error":
                self._print(f"teardown failed: {severity_and_message(result)}\n")

    def _free(self, session: str) -> None:
        """Wait until a session's earlier step was reported."""
        deadline = time.monotonic() + 2 * LONGEST_WAIT_SECONDS
        while session in self._active:
            old = self._active[session]
            if not self._try(old, nonblocking=False, retry=True):
                self._waiting.remove(old)
            self._try_all(nonblocking=True)
            if time.monotonic() > deadline:
                raise LeaseproofError(f"step {old.placed.step} was not released by its markers in time")

    def _try_all(self, *, nonblocking: bool) -> None:
        while True:
            self._new_notice = False
            before = len(self._waiting)
            for active in list(self._waiting):
                if not self._try(active, nonblocking=nonblocking, retry=True):
                    self._waiting.remove(active)
            marked = any(active.placed.blockers for active in self._waiting)
            if not marked or not (len(self._waiting) < before or self._new_notice):
                return

    def _try(self, active: Active, *, nonblocking: bool, retry: bool) -> bool:
        """Report a step if it has ended and nothing holds its report; return whether it still waits."""
        if not retry and any(blocker.kind == "once" for blocker in active.placed.blockers):
            return self._waits(active, retry)
        wire = self._wires[active.session]
        pause = FIRST_PAUSE_MS
        deadline = time.monotonic() + LONGEST_WAIT_SECONDS
        while wire.is_busy():
            if wire.wait(pause):
                wire.consume()
                continue
            pause = min(2 * pause, LONGEST_PAUSE_MS)
            if nonblocking and self._is_blocked(wire):
                wire.consume()
                if not wire.is_busy():
                    break
                return self._waits(active, retry)
            if time.monotonic() > deadline:
                raise LeaseproofError(f"step {active.placed.step} ran for more than {LONGEST_WAIT_SECONDS:.0f} s")
        if self._is_held(active):
            return self._waits(active, retry)
        self._print(f"step {active.placed.step}: {'<... completed>' if retry else active.sql}\n")
        self._report(active, wire)
        del self._active[active.session]
        return False

    def _waits(self, active: Active, retry: bool) -> bool:
        active.waited = True
        if not retry:
            self._print(f"step {active.placed.step}: {active.sql} <waiting ...>\n")
        return True

    def _is_blocked(self, wire: SpecWire) -> bool:
        return bool(self._control.execute(f"EXECUTE waiting ({wire.pid})")[0].get_value(0, 0) == b"t")

    def _is_held(self, active: Active) -> bool:
        for index, blocker in enumerate(active.placed.blockers):
            if blocker.kind == "step":
                other = self._active.get(self._spec.session_of[blocker.step])
                if other is not None and other.placed.step == blocker.step:
                    return True
            elif blocker.kind == "notices":
                if self._notices[self._spec.session_of[blocker.step]] < active.targets[index]:
                    return True
        return False

    def _report(self, active: Active, wire: SpecWire) -> None:
        sqlstate, rows = "00000", ()
        for result in _each(wire):
            kind = kind_of(result)
            if kind == "rows":
                self._print(table_of(result))
                rows = rows_of(result)
            elif kind == "error":
                self._print(f"{severity_and_message(result)}\n")
                sqlstate = sqlstate_of(result)
            elif kind != "done":
                self._print(f"unexpected result status: {kind}\n")
        names = {other.pid: name for name, other in self._wires.items()}
        for channel, payload, pid in wire.notifications():
            sender = names.get(pid, f"PID {pid}")
            self._print(f'{active.session}: NOTIFY "{channel}" with payload "{payload}" from {sender}\n')
        self.ran[-1].append(
            Ran(step=active.placed.step, session=active.session, waited=active.waited, sqlstate=sqlstate, rows=rows)
        )


def _each(wire: SpecWire) -> Iterator[Any]:
    while (result := wire.next_result()) is not None:
        yield result

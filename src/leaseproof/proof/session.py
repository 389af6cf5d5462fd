"""One session of a proof: a real connection of a role that runs a step at a time, statement by statement."""

import re
from collections.abc import MutableMapping
from dataclasses import dataclass, field

from leaseproof.database.wire import (
    Report,
    Wire,
    columns_of,
    count_of,
    error_of,
    failed,
    has_rows,
    rows_of,
)
from leaseproof.errors import LeaseproofError
from leaseproof.proof.outcome import SUCCESS, StepOutcome
from leaseproof.proof.script import Step, gset_refusal, interpolate

# What outlives DISCARD ALL in a backend: a custom setting's name, a loaded library; and an assumed role or a
# changed authorization would have to be undone in the right order. Connections that ran such text are not
# used again.
_STAINS = re.compile(
    r"\bset_config\s*\(|\bload\s+'|\bset\s+(session\s+|local\s+)?(role\b|authorization\b|\"?\w+\"?\s*\.)",
    re.IGNORECASE,
)
_TIME_LIMIT = re.compile(r"\b(lock|statement|transaction)_timeout\b", re.IGNORECASE)
_COUNTERS = re.compile(r"\btrack_counts\b|\bpg_stat_reset", re.IGNORECASE)
_OWN_DEADLOCK_TIMEOUT = re.compile(r"\bdeadlock_timeout\b", re.IGNORECASE)
_OWN_LIMITS = (
    "SELECT 1 FROM pg_catalog.pg_settings WHERE source = 'session' AND setting <> '0'"
    " AND name IN ('lock_timeout', 'statement_timeout', 'transaction_timeout')"
)


@dataclass
class Session:
    """A named session of a proof on its connection.

    Args:
        name: as the manifest names it.
        wire: an open connection of the right role with no transaction and a clean state.
        values: what `\\gset` stored, shared by all sessions of the proof.
        role: database role of the connection.
    """

    name: str
    wire: Wire
    values: MutableMapping[str, str]
    role: str = "owner"
    timeout_ms: int = 10_000  # the connection's own statement timeout
    step: Step | None = None  # the running step
    waiting_for: tuple[str, ...] | None = None  # sessions that hold the running step up, None while it runs
    waited_for: set[str] = field(default_factory=set)
    waited: bool = False
    timed: bool = False  # the proof gave this session a time limit of its own: time ends its waits
    stained: bool = False  # the connection must not serve another proof
    sets_deadlock_timeout: bool = False  # the proof decides by itself who notices a deadlock
    uncounted: bool = False  # the proof may have kept the server from counting its writes
    stalled: str = ""  # what the running step was last seen waiting for that is none of ours
    _next: int = 0
    _limits_matter: bool = False
    _rows: tuple[tuple[str | None, ...], ...] = ()
    _columns: tuple[str, ...] = ()
    _row_count: int | None = None
    _notices: list[str] = field(default_factory=list)

    @property
    def busy(self) -> bool:
        """Say whether a step is running or waiting."""
        return self.step is not None

    def launch(self, step: Step) -> StepOutcome | None:
        """Send the step's first statement; return the outcome where none could be sent."""
        self.step = step
        self.waiting_for = None
        self.waited_for = set()
        self.waited = False
        self.stalled = ""
        self._next = 0
        self._rows = ()
        self._columns = ()
        self._row_count = None
        self._notices = []
        return self._send_next()

    def advance(self) -> StepOutcome | None:
        """Take what the server sent; return the step's outcome once it has ended."""
        if not self.wire.advance():
            return None
        self._take_notices()
        for result in self.wire.results:
            if failed(result):
                return self._end(error_of(result))
        if self.wire.lost is not None:
            return self._end(self.wire.lost)
        assert self.step is not None
        command = self.step.commands[self._next - 1]
        self._keep_results()
        if command.gset is not None and (refusal := self._store(command.gset)) is not None:
            return self._end(refusal)
        return self._send_next()

    def _send_next(self) -> StepOutcome | None:
        """Send the next statement, or end the step after its last."""
        assert self.step is not None
        if self._next == len(self.step.commands):
            return self._end(None)
        command = self.step.commands[self._next]
        try:
            text = interpolate(command, self.values)
        except LeaseproofError as error:
            return self._end(Report(severity="ERROR", sqlstate="02000", message=str(error)))
        self._next += 1
        self.stained = self.stained or bool(_STAINS.search(text))
        self.sets_deadlock_timeout = self.sets_deadlock_timeout or bool(_OWN_DEADLOCK_TIMEOUT.search(text))
        self.uncounted = self.uncounted or bool(_COUNTERS.search(text))
        self._limits_matter = self._limits_matter or bool(_TIME_LIMIT.search(text))
        if self._limits_matter and not self.wire.failed_transaction and self.wire.lost is None:
            self.timed = bool(self.wire.run(_OWN_LIMITS)[0].ntuples)
        self.wire.send(text)
        if self.wire.lost is not None:
            self._take_notices()
            return self._end(self.wire.lost)
        return None

    def _keep_results(self) -> None:
        for result in self.wire.results:
            if has_rows(result):
                self._columns = columns_of(result)
                self._rows = rows_of(result)
            self._row_count = count_of(result)
        if self.wire.copied:
            self._columns = ("copy",)
            self._rows = tuple((line.decode("utf-8", "replace").rstrip("\n"),) for line in self.wire.copied)

    def _store(self, prefix: str) -> Report | None:
        """Store the single row as `\\gset` does: a NULL removes the value."""
        if (refusal := gset_refusal(len(self._rows))) is not None:
            return Report(severity="ERROR", sqlstate="02000" if not self._rows else "21000", message=refusal)
        for column, value in zip(self._columns, self._rows[0], strict=True):
            if value is None:
                self.values.pop(prefix + column, None)
            else:
                self.values[prefix + column] = value
        return None

    def _take_notices(self) -> None:
        self._notices += [f"{notice.severity}: {notice.message}" for notice in self.wire.notices]
        self.wire.notices.clear()

    def _end(self, report: Report | None) -> StepOutcome:
        assert self.step is not None
        if self.wire.lost is not None:
            self.stained = True
        outcome = StepOutcome(
            step=self.step.name,
            session=self.name,
            sqlstate=report.sqlstate if report else SUCCESS,
            message=report.message if report else "",
            detail=report.detail if report else "",
            hint=report.hint if report else "",
            constraint=report.constraint if report else "",
            columns=self._columns,
            rows=self._rows,
            row_count=self._row_count,
            notices=tuple(self._notices),
            waited=self.waited,
            waited_for=tuple(sorted(self.waited_for)),
        )
        self.step = None
        self.waiting_for = None
        return outcome

"""The gate itself: the steps in their order, and the evidence at every end."""

import getpass
import os
import platform
import textwrap
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from leaseproof import __version__
from leaseproof.errors import LeaseproofError
from leaseproof.evidence import pack
from leaseproof.evidence.bundle import DIRECTORY, EVIDENCE, write_bundle
from leaseproof.evidence.record import Ending, Record, Step, problems, verdict
from leaseproof.evidence.secrets import Secret, secrets_of
from leaseproof.evidence.tables import table
from leaseproof.evidence.verify import verify
from leaseproof.gate import actions, source, store, timelines
from leaseproof.gate.checks import Checks
from leaseproof.gate.order import run_in_order
from leaseproof.gate.request import Request, alone
from leaseproof.gate.signals import Interrupted, Signals

EXIT_CODES = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}
PACK = "pack"
WIDTH = 80  # columns
BUNDLE_THERE = f"{DIRECTORY}/00_README.txt says what it is; index.html shows it."
BUNDLE_MISSING = f"No bundle tells of this: what lies at {DIRECTORY} is of an earlier moment."
WORKFLOW = (
    "GITHUB_REPOSITORY",
    "GITHUB_RUN_ID",
    "GITHUB_RUN_ATTEMPT",
    "GITHUB_ACTOR",
    "GITHUB_EVENT_NAME",
    "GITHUB_REF",
)


class Gate:
    """One run of the gate.

    Args:
        request: what was asked.
        say: prints a line; must not raise.
        clock: seconds that never go back.
    """

    def __init__(
        self, request: Request, *, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._request = request
        self._say = say
        self._clock = clock
        self._stack = ExitStack()
        self._checks = Checks(request, say=say, stack=self._stack)
        self._steps: list[Step] = []
        self._source = source.read_source(request.root)
        self._started = datetime.now(UTC)
        self._directory = request.root / DIRECTORY
        self._written = False  # whether the folder is of the run's end

    def run(self) -> int:
        """Run the steps, write the evidence whatever happens, and return the exit code."""
        if self._request.in_actions:
            for command in actions.masks(form for secret in self._secrets() for form in secret.forms):
                self._say(command)
        with alone(self._request.root), Signals() as signals, self._stack:
            self._write_unfinished()
            ending: Ending = "unfinished"

            def begin(name: str) -> None:
                signals.check()
                self._say(f"\n=== {name}")

            try:
                run_in_order(
                    self._checks.stages(),
                    self._steps,
                    clock=self._clock,
                    begin=begin,
                    end=self._end,
                    crashed=self._tell_crash,
                )
                signals.hold()
                ending = "finished"
            except Interrupted:
                self._say(f"\nInterrupted by {signals.received}: writing the evidence bundle, a few seconds.")
            finally:
                signals.hold()
                ended = self._conclude(signals, ending)
        self._report(ended)
        if signals.received:
            return EXIT_CODES[signals.received]
        return 1 if problems(ended) else 0

    def _end(self, _step: Step) -> None:
        with suppress(LeaseproofError):  # the last write says why
            self._write_unfinished()

    def _write_unfinished(self) -> None:
        """Leave what is known so far, for a gate that is killed without a chance to say so."""
        write_bundle(self._record("unfinished"), self._directory, secrets=self._secrets())

    def _conclude(self, signals: Signals, ending: Ending) -> Record:
        """Write and pack the evidence; a signal that comes meanwhile is told by writing it once more."""
        told = signals.received
        record = self._write(ending, told)
        if signals.received != told:
            record = self._write(ending, signals.received)
        return replace(record, steps=(*record.steps, self._pack(record)))

    def _pack(self, record: Record) -> Step:
        if not self._written:
            return Step(name=PACK, state="skipped", reason="no bundle of this run's end was written")
        started = self._clock()
        try:
            pack.pack_bundle(
                self._directory, self._request.root / pack.ARCHIVE, modified=record.commit_time
            )
        except LeaseproofError as error:
            return Step(name=PACK, state="failed", reason=str(error))
        seconds = round(self._clock() - started, 2)
        return Step(name=PACK, state="passed", seconds=seconds, reason=pack.ARCHIVE.as_posix())

    def _write(self, ending: Ending, signal: str) -> Record:
        """Write the bundle and hold it to its own check; whatever goes wrong is a red evidence step."""
        started = self._clock()
        self._written = False
        record = self._record("interrupted" if signal else ending, signal)
        try:
            written = write_bundle(
                record,
                self._directory,
                secrets=self._secrets(),
                timeline=timelines.draw,
                seconds=lambda: self._clock() - started,
            )
            self._written = True
            store.save(written.record, self._request.root)
            if found := verify(self._directory, timeline=timelines.draw).problems:
                raise LeaseproofError(f"the bundle that was written does not hold: {found[0]}")
            return written.record
        except Exception as error:  # the end of the gate must still be told
            if not isinstance(error, LeaseproofError):
                self._tell_crash(error)
            return replace(
                record, steps=(*record.steps, Step(name=EVIDENCE, state="failed", reason=str(error)))
            )

    def _record(self, ending: Ending, signal: str = "") -> Record:
        return Record(
            ending=ending,
            signal=signal,
            commit=self._source.commit,
            commit_time=self._source.commit_time,
            dirty=self._source.dirty,
            shard=self._request.shard,
            steps=tuple(self._steps),
            expected_proofs=self._source.expected_proofs,
            claims=self._source.claims,
            digests=self._source.digests,
            run=self._facts(),
            **self._checks.found(),
        )

    def _facts(self) -> dict[str, Any]:
        run, environment = self._checks.run, self._request.environment
        return {
            "started_at": self._started.isoformat(timespec="seconds"),
            "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "started_by": _user(),
            "workflow": {name: environment[name] for name in WORKFLOW if name in environment},
            "machine": {
                "host": platform.node(),
                "system": platform.platform(),
                "python": platform.python_version(),
                "processors": os.cpu_count(),
            },
            "leaseproof": __version__,
            "workers": self._request.workers,
            "server": run.server.display() if run else "",
            "run_id": run.run_id if run else "",
            "databases_examined": list(self._checks.databases),
        }

    def _secrets(self) -> tuple[Secret, ...]:
        run = self._checks.run
        own = str(run.state()["password"]) if run else ""
        return secrets_of(self._request.url, own, self._request.environment.get("PGPASSWORD", ""))

    def _tell_crash(self, error: Exception) -> None:
        self._say("".join(traceback.format_exception(error)))

    def _report(self, record: Record) -> None:
        self._say("\n" + table_of(record))
        said = textwrap.fill(verdict(record), WIDTH, break_long_words=False, break_on_hyphens=False)
        self._say(f"\n{said}\n{BUNDLE_THERE if self._written else BUNDLE_MISSING}")
        if self._request.in_actions:
            for each in actions.annotations(record):
                self._say(each.command())
        actions.append_summary(self._request.summary_file, actions.summary(record))


def table_of(record: Record) -> str:
    """Return the steps as a table of at most 80 columns."""
    rows = [(step.name, step.state, f"{step.seconds:.1f}", step.reason) for step in record.steps]
    return table(rows, ["step", "state", "seconds", "reason"], [None, None, None, 46])


def say(text: str) -> None:
    """Print a line; a terminal that is gone must not cost the evidence."""
    with suppress(OSError, ValueError):
        print(text, flush=True)


def _user() -> str:
    with suppress(Exception):
        return getpass.getuser()
    return str(os.getuid())

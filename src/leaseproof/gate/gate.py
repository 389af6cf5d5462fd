"""The gate itself: what each step does, what it needs, and the evidence at every end."""

import fcntl
import getpass
import os
import platform
import shutil
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from leaseproof import __version__
from leaseproof.database.run import Run, open_run, write_state
from leaseproof.errors import LeaseproofError
from leaseproof.evidence import pack
from leaseproof.evidence.bundle import DIRECTORY, write_bundle
from leaseproof.evidence.reading import read_files
from leaseproof.evidence.record import NO_DATABASE, Ending, Record, Regression, Step, listed, problems, verdict
from leaseproof.evidence.secrets import Secret, secrets_of
from leaseproof.evidence.tables import table
from leaseproof.evidence.verify import verify
from leaseproof.gate import actions, proved, regression, rules, source, store, suites, timelines
from leaseproof.gate.order import Stage, run_in_order
from leaseproof.gate.processes import run_pytest
from leaseproof.gate.signals import Interrupted, Signals

WORK = Path(".leaseproof/gate")  # of one run; made anew by the next
LOCK = Path(".leaseproof/gate.lock")
RUN_FILE = "LEASEPROOF_RUN_FILE"
EXIT_CODES = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}
PACK = "pack"
DATABASE_STEPS = ("database", "integration", "regression", "strength")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked of the gate."""

    root: Path
    url: str | None = field(default=None, repr=False)  # somebody's server; None: a private one
    no_db: bool = False
    shard: tuple[int, int] = (1, 1)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)  # of the processes that it starts
    workers: int = 1
    in_actions: bool = False
    summary_file: Path | None = None  # GITHUB_STEP_SUMMARY


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
        self._steps: list[Step] = []
        self._source = source.read_source(request.root)
        self._started = datetime.now(UTC)
        self._run: Run | None = None
        self._stack = ExitStack()
        self._unit = suites.Outcome()
        self._integration = suites.Outcome()
        self._proved = proved.Proved(server_version="", files={}, invariants=())
        self._regression: Regression | None = None
        self._databases: tuple[str, ...] = ()
        self._guardrails = rules.Report()
        self._server = ""
        self._strength = ""

    def run(self) -> int:
        """Run the steps, write the evidence whatever happens, and return the exit code."""
        if self._request.in_actions:
            for command in actions.masks(form for secret in self._secrets() for form in secret.forms):
                self._say(command)
        with _alone(self._request.root), Signals() as signals, self._stack:
            self._write_unfinished()
            ending: Ending = "unfinished"
            try:
                run_in_order(
                    self._stages(),
                    self._steps,
                    clock=self._clock,
                    begin=self._begin,
                    end=self._end,
                    crashed=lambda error: self._say("".join(traceback.format_exception(error))),
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

    def _stages(self) -> tuple[Stage, ...]:
        skip = NO_DATABASE if self._request.no_db else ""
        return (
            Stage(name="guardrails", body=self._check_guardrails),
            Stage(name="unit", body=self._test_units),
            Stage(name="database", body=self._open_database, needs=("guardrails", "unit"), skip=skip),
            Stage(name="integration", body=self._test_integration, needs=("database",), skip=skip),
            Stage(name="regression", body=self._query_regression, needs=("database",), after=("integration",), skip=skip),
        )

    def _check_guardrails(self) -> str:
        self._guardrails = rules.check(self._request.root)
        with actions.foreign_output("guardrails", active=self._request.in_actions, say=self._say):
            self._say(self._guardrails.text.rstrip())
        if self._guardrails.findings:
            raise LeaseproofError(f"{self._guardrails.findings} findings; expected none; see 10_guardrails.txt")
        return self._guardrails.summary

    def _test_units(self) -> str:
        try:
            code = self._pytest("unit", suites.UNIT, database=False)
        finally:
            self._unit = suites.read_outcome(self._work("unit"))
        return suites.judge(self._unit, code, proofs_expected=False)

    def _open_database(self) -> str:
        request = self._request
        self._run = self._stack.enter_context(open_run(url=request.url, root=request.root))
        self._server = self._run.server.display()
        self._proved = proved.read_proved(self._run)
        kind = "given" if request.url else "private"
        return f"PostgreSQL {self._proved.server_version}, {kind}; {len(self._proved.invariants)} standing invariants"

    def _test_integration(self) -> str:
        try:
            code = self._pytest("integration", suites.INTEGRATION, database=True)
        finally:
            self._integration = suites.read_outcome(self._work("integration"))
        return suites.judge(self._integration, code, proofs_expected=True)

    def _query_regression(self) -> str:
        assert self._run is not None
        invariants = regression.standing_invariants(self._request.root)
        self._regression, self._databases = regression.examine_run(self._run, invariants)
        if self._regression.problems:
            named = [text.partition(", the first")[0] for text in self._regression.problems]
            raise LeaseproofError(listed(named, most=3))
        if not self._databases:
            raise LeaseproofError("no database was left to query; expected at least one with the model")
        return f"0 DISPATCHING, {len(invariants)} standing invariants hold"

    def _pytest(self, name: str, folders: Sequence[str], *, database: bool) -> int:
        request = self._request
        environment = suites.without_database(request.environment)
        if database and self._run is not None:
            state = self._work("run")
            write_state(self._run, state)
            environment[RUN_FILE] = str(state)
        index, count = request.shard
        arguments = suites.arguments(
            folders,
            root=request.root,
            record=self._work(name),
            workers=request.workers,
            database=database,
            shard=f"{index}/{count}" if database and count > 1 else "",
        )
        with actions.foreign_output(name, active=request.in_actions, say=self._say):
            return run_pytest(arguments, root=request.root, environment=environment)

    def _end(self, _step: Step) -> None:
        with suppress(LeaseproofError):  # the last write says why
            self._write_unfinished()

    def _write_unfinished(self) -> None:
        """Leave what is known so far, for a gate that is killed without a chance to say so."""
        write_bundle(self._record("unfinished"), self._directory(), secrets=self._secrets())

    def _conclude(self, signals: Signals, ending: Ending) -> Record:
        """Write and pack the evidence; a signal that comes meanwhile is told by writing it once more."""
        told = signals.received
        record = self._write(ending, told)
        if signals.received != told:
            record = self._write(ending, signals.received)
        started = self._clock()
        try:
            archive = self._request.root / pack.ARCHIVE
            pack.write_archive(pack.pack(read_files(self._directory()), modified=record.commit_time), archive)
            packed = Step(name=PACK, state="passed", seconds=round(self._clock() - started, 2), reason=pack.ARCHIVE.as_posix())
        except LeaseproofError as error:
            packed = Step(name=PACK, state="failed", reason=str(error))
        return replace(record, steps=(*record.steps, packed))

    def _write(self, ending: Ending, signal: str) -> Record:
        started = self._clock()
        record = self._record("interrupted" if signal else ending, signal)
        try:
            written = write_bundle(
                record,
                self._directory(),
                secrets=self._secrets(),
                timeline=timelines.draw,
                seconds=lambda: self._clock() - started,
            )
            store.save(written.record, self._request.root)
            if found := verify(self._directory()).problems:
                raise LeaseproofError(f"the bundle that was written does not hold: {found[0]}")
            return written.record
        except Exception as error:  # noqa: BLE001 - the end of the gate must still be told
            if not isinstance(error, LeaseproofError):
                self._say("".join(traceback.format_exception(error)))
            return replace(record, steps=(*record.steps, Step(name="evidence", state="failed", reason=str(error))))

    def _record(self, ending: Ending, signal: str = "") -> Record:
        kind = "none" if self._request.no_db else "given" if self._request.url else "private"
        outcome = suites.joined(self._unit, self._integration)
        return Record(
            ending=ending,
            signal=signal,
            database=kind,
            server_version=self._proved.server_version,
            commit=self._source.commit,
            commit_time=self._source.commit_time,
            dirty=self._source.dirty,
            shard=self._request.shard,
            steps=tuple(self._steps),
            expected_proofs=self._source.expected_proofs,
            collected_proofs=outcome.collected_proofs,
            tests=outcome.tests,
            proofs=outcome.proofs,
            digests=self._source.digests,
            invariants=self._proved.invariants,
            regression=self._regression,
            guardrails=self._guardrails.text,
            sarif=self._guardrails.sarif,
            strength=self._strength,
            catalog=self._proved.files,
            run=self._facts(),
        )

    def _facts(self) -> dict[str, Any]:
        environment = self._request.environment
        names = ("GITHUB_REPOSITORY", "GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT", "GITHUB_ACTOR", "GITHUB_EVENT_NAME", "GITHUB_REF")
        return {
            "started_at": self._started.isoformat(timespec="seconds"),
            "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "started_by": _user(),
            "workflow": {name: environment[name] for name in names if name in environment},
            "machine": {
                "host": platform.node(),
                "system": platform.platform(),
                "python": platform.python_version(),
                "processors": os.cpu_count(),
            },
            "leaseproof": __version__,
            "workers": self._request.workers,
            "server": self._server,
            "run_id": self._run.run_id if self._run else "",
            "databases_examined": list(self._databases),
        }

    def _secrets(self) -> tuple[Secret, ...]:
        password = str(self._run.state()["password"]) if self._run else ""
        return secrets_of(self._request.url, password, self._request.environment.get("PGPASSWORD", ""))

    def _directory(self) -> Path:
        return self._request.root / DIRECTORY

    def _work(self, name: str) -> Path:
        return self._request.root / WORK / f"{name}.jsonl"

    def _begin(self, name: str) -> None:
        self._say(f"\n=== {name}")

    def _report(self, record: Record) -> None:
        self._say("\n" + table_of(record))
        self._say(f"\n{verdict(record)}\n{DIRECTORY}/00_README.txt says what it is; index.html shows it.")
        if self._request.in_actions:
            for each in actions.annotations(record):
                self._say(each.command())
        actions.append_summary(self._request.summary_file, actions.summary(record))


def table_of(record: Record) -> str:
    """Return the steps as a table of at most 80 columns."""
    rows = [(step.name, step.state, f"{step.seconds:.1f}", step.reason) for step in record.steps]
    return table(rows, ["step", "state", "seconds", "reason"], [None, None, None, 46])


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Hold the checkout's gate, and clear what a killed one left."""
    path = root / LOCK
    try:
        path.parent.mkdir(exist_ok=True)
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise LeaseproofError(f"got {error.strerror} at {path}; expected a checkout that can be written; unlock it") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise LeaseproofError("got a gate that already runs in this checkout; expected none; wait for it or end it") from None
    try:
        shutil.rmtree(root / WORK, ignore_errors=True)
        (root / WORK).mkdir(mode=0o700)
        yield
    finally:
        shutil.rmtree(root / WORK, ignore_errors=True)
        os.close(lock)


def _user() -> str:
    with suppress(Exception):
        return getpass.getuser()
    return str(os.getuid())


def say(text: str) -> None:
    """Print a line; a terminal that is gone must not cost the evidence."""
    with suppress(OSError, ValueError):
        print(text, flush=True)

"""What each step of the gate does, and what it found."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

from leaseproof.database.connection import parse
from leaseproof.database.run import Run, open_run, write_state
from leaseproof.errors import LeaseproofError
from leaseproof.evidence.record import NO_DATABASE, NO_STRENGTH, Regression, Teeth, listed
from leaseproof.gate import actions, proved, regression, rules, suites
from leaseproof.gate.order import Stage
from leaseproof.gate.request import Request
from leaseproof.proof.pytest_process import run_pytest
from leaseproof.proof.strength.run import run_strength

RUN_FILE = "LEASEPROOF_RUN_FILE"


class Checks:
    """The steps before the evidence. Each method that a stage runs returns what to say of a success.

    Args:
        request: what was asked.
        say: prints a line.
        stack: ends the hold on the server.
    """

    def __init__(self, request: Request, *, say: Callable[[str], None], stack: ExitStack) -> None:
        self._request = request
        self._say = say
        self._stack = stack
        self._unit = suites.Outcome()
        self._integration = suites.Outcome()
        self._proved = proved.Proved(server_version="", files={}, invariants=())
        self._regression: Regression | None = None
        self._guardrails = rules.Report()
        self._strength = ""
        self._teeth = Teeth()
        self.run: Run | None = None
        self.databases: tuple[str, ...] = ()  # that the regression query examined

    def stages(self) -> tuple[Stage, ...]:
        """Return the steps in their order.

        Code that breaks a guardrail or its unit tests is not let near a database; the regression query
        looks at what the integration tests left however they ended; the strength of red proofs means
        nothing. A URL that nobody could connect to is told before anything else runs.
        """
        skip = NO_DATABASE if self._request.no_db else ""
        without_strength = skip or ("" if self._request.strength else NO_STRENGTH)
        needs = ("integration", "regression")
        strength = Stage(name="strength", body=self.measure_strength, needs=needs, skip=without_strength)
        return (
            *self._first_stages(skip),
            Stage(name="integration", body=self.test_integration, needs=("database",), skip=skip),
            Stage(
                name="regression",
                body=self.query_regression,
                needs=("database",),
                after=("integration",),
                skip=skip,
            ),
            *([strength] if self._request.shard[0] == 1 else []),
        )

    def _first_stages(self, skip: str) -> tuple[Stage, ...]:
        readable = self._url_is_readable()
        needs = () if readable else ("database",)
        checks = (
            Stage(name="guardrails", body=self.check_guardrails, needs=needs),
            Stage(name="unit", body=self.test_units, needs=needs),
        )
        before = ("guardrails", "unit") if readable else ()
        database = Stage(name="database", body=self.open_database, needs=before, skip=skip)
        return (*checks, database) if readable else (database, *checks)

    def _url_is_readable(self) -> bool:
        try:
            parse(self._request.url or "")
        except LeaseproofError:
            return False
        return True

    def found(self) -> dict[str, Any]:
        """Return what is known by now, as fields of the record."""
        outcome = suites.joined(self._unit, self._integration)
        return {
            "database": "none" if self._request.no_db else "given" if self._request.url else "private",
            "server_version": self._proved.server_version,
            "collected_proofs": outcome.collected_proofs,
            "tests": outcome.tests,
            "proofs": outcome.proofs,
            "invariants": self._proved.invariants,
            "regression": self._regression,
            "guardrails": self._guardrails.text,
            "sarif": self._guardrails.sarif,
            "strength": self._strength,
            "teeth": self._teeth,
            "catalog": self._proved.files,
        }

    def check_guardrails(self) -> str:
        """Run the static rules."""
        self._guardrails = rules.check(self._request.root)
        with self._foreign("guardrails"):
            self._say(self._guardrails.text.rstrip())
        if not self._guardrails.passed:
            raise LeaseproofError(f"{self._guardrails.summary}; see 10_guardrails.txt")
        return self._guardrails.summary

    def test_units(self) -> str:
        """Run the unit tests, with no database in their environment."""
        try:
            code = self._pytest("unit", suites.UNIT, database=False)
        finally:
            self._unit = suites.read_outcome(self._request.work("unit"))
        return suites.judge(self._unit, code, proofs_expected=False)

    def open_database(self) -> str:
        """Take hold of a server and read the catalog of what will be proved."""
        request = self._request
        self.run = self._stack.enter_context(open_run(url=request.url, root=request.root))
        self._proved = proved.read_proved(self.run)
        kind = "given" if request.url else "private"
        return (
            f"PostgreSQL {self._proved.server_version}, {kind}; {len(self._proved.invariants)} standing"
            " invariants"
        )

    def test_integration(self) -> str:
        """Run the integration tests and the proofs in one call."""
        try:
            code = self._pytest("integration", suites.INTEGRATION, database=True)
        finally:
            self._integration = suites.read_outcome(self._request.work("integration"))
        return suites.judge(self._integration, code, proofs_expected=True)

    def query_regression(self) -> str:
        """Query every database that the integration step left."""
        assert self.run is not None
        invariants = regression.standing_invariants(self._request.root)
        self._regression, self.databases = regression.examine_run(self.run, invariants)
        if self._regression.problems:
            rows = self._regression.violations
            named = (
                [f"{self._regression.dispatching} attempts in state DISPATCHING"]
                if self._regression.dispatching
                else []
            )
            named += [f"{name} ({count} rows)" for name, count in rows.items()]
            places = [text.partition(":")[0] for text in self._regression.problems]
            what = ", ".join(named) or "what should not be"
            raise LeaseproofError(f"{what} in {listed(places, most=2)} (see 09_regression.txt)")
        if not self.databases:
            raise LeaseproofError("no database was left to query; expected at least one with the model")
        return f"0 DISPATCHING, {len(invariants)} standing invariants hold"

    def measure_strength(self) -> str:
        """Change the model in small ways and see that a proof notices each."""
        request = self._request
        with self._foreign("strength"):
            report = run_strength(
                request.root,
                request.work("strength"),
                environment=self._environment(database=True),
                workers=request.workers,
            )
        self._strength = report.to_text()
        self._teeth = Teeth(
            kills={proof: kill["mutant"] for proof, kill in report.kills.items()},
            alone={} if report.open_rivals else report.alone,
        )
        if not report.passed:
            raise LeaseproofError(report.summary())
        return report.summary()

    def _pytest(self, name: str, folders: Sequence[str], *, database: bool) -> int:
        request = self._request
        index, count = request.shard
        arguments = suites.arguments(
            folders,
            root=request.root,
            record=request.work(name),
            workers=request.workers,
            database=database,
            shard=f"{index}/{count}" if database and count > 1 else "",
        )
        with self._foreign(name):
            return run_pytest(arguments, root=request.root, environment=self._environment(database=database))

    def _environment(self, *, database: bool) -> dict[str, str]:
        environment = suites.child_environment(self._request.environment, database=database)
        if database and self.run is not None:
            state = self._request.work("run")
            write_state(self.run, state)
            environment[RUN_FILE] = str(state)
        return environment

    def _foreign(self, title: str) -> Any:
        return actions.foreign_output(title, active=self._request.in_actions, say=self._say)

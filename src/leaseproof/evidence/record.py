"""What one run of the gate found out, as plain values: the gate fills a record, the bundle is made of it.

What is the same in two runs of one commit stands in the fields of :class:`Record`; times, the machine and
the names of scratch databases stand in ``run`` alone, and only ``run.json`` shows them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

State = Literal["passed", "failed", "skipped"]
Ending = Literal["finished", "interrupted", "unfinished"]
TestResult = Literal["passed", "failed", "error", "skipped", "not run"]
Judgement = Literal["PASSED", "WARNED", "FAILED"]

NO_DATABASE = "no database was asked for"
NO_STRENGTH = "proof strength was not asked for"
FORMAT = 1  # of the bundle; another number is refused, not guessed at


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of the gate and how it ended."""

    name: str
    state: State
    seconds: float = 0.0
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Test:
    """One of the project's own tests."""

    __test__ = False  # for pytest: no test itself

    nodeid: str
    result: TestResult
    reason: str = ""  # skipped, failed or error: why, its first line
    file: str = ""  # relative to the root
    line: int = 0  # from 1; 0: not known
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class StandingInvariant:
    """One standing query."""

    name: str
    claim: str
    sql: str


@dataclass(frozen=True, kw_only=True)
class Regression:
    """What the regression queries found on every database that the integration tests and proofs left."""

    dispatching: int = 0  # rows of the plan's query, over all databases
    violations: Mapping[str, int] = field(default_factory=dict)  # invariant -> rows, over all databases
    problems: Sequence[str] = ()  # one sentence for each database that is not as it should be
    exceptions: Sequence[str] = ()  # "invariant: test", broken on purpose and said so


@dataclass(frozen=True, kw_only=True)
class Teeth:
    """What proof strength found, as the trace matrix quotes it."""

    kills: Mapping[str, str] = field(default_factory=dict)  # proof id -> a mutant of the model that it kills
    alone: Mapping[str, Mapping[str, str]] = field(
        default_factory=dict
    )  # invariant -> mutants that only its proofs kill, each with the proof that did first; no entry: not measured


@dataclass(frozen=True, kw_only=True)
class Population:
    """Counts of the proofs, as an auditor asks for them."""

    expected: int
    collected: int
    executed: int
    passed: int
    failed: int
    not_applicable: int


@dataclass(frozen=True, kw_only=True)
class Record:
    """Everything that one run of the gate found out."""

    ending: Ending = "unfinished"
    signal: str = ""  # of an interrupted run: SIGINT or SIGTERM
    database: Literal["private", "given", "none"] = "none"
    server_version: str = ""  # as the server says it; "" when none was reached
    commit: str = ""
    commit_time: int = 0  # seconds since the epoch
    dirty: Sequence[str] = ()  # files that are not as the commit has them
    shard: Sequence[int] = (1, 1)  # which of how many
    steps: Sequence[Step] = ()
    expected_proofs: Sequence[str] = ()  # paths of SQL files, from what lies under proofs/
    collected_proofs: Sequence[str] = ()  # paths of SQL files that pytest collected
    tests: Sequence[Test] = ()  # by nodeid
    proofs: Sequence[Mapping[str, Any]] = ()  # ProofResult.to_json() without durations, by path
    digests: Mapping[str, str] = field(
        default_factory=dict
    )  # path -> sha256: sql/, proofs/ and the test files
    invariants: Sequence[StandingInvariant] = ()
    claims: Mapping[str, str] = field(
        default_factory=dict
    )  # invariant -> what it claims, from docs/invariants/; no entry where there is no page
    regression: Regression | None = None  # None: not run
    guardrails: str = ""  # the report as text; "": not run
    sarif: str = ""
    strength: str = ""  # the report as text; "": not run
    teeth: Teeth = field(default_factory=Teeth)
    catalog: Mapping[str, str] = field(
        default_factory=dict
    )  # file of the bundle -> its text, read from the database
    withheld: Sequence[str] = ()  # files of the bundle that held a secret
    run: Mapping[str, Any] = field(
        default_factory=dict
    )  # times, machine, who: differs between two runs of one commit

    def to_json(self) -> dict[str, Any]:
        """Return the record as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Record":
        """Rebuild a record from :meth:`to_json`'s answer.

        Raises:
            TypeError, ValueError, KeyError: it is none.
        """
        known = {each.name for each in fields(cls)}
        if unknown := set(value) - known:
            raise ValueError(f"unknown keys {sorted(unknown)}")
        regression = value.get("regression")
        built = {
            "steps": tuple(Step(**one) for one in value.get("steps", ())),
            "tests": tuple(Test(**one) for one in value.get("tests", ())),
            "invariants": tuple(StandingInvariant(**one) for one in value.get("invariants", ())),
            "regression": Regression(**regression) if regression else None,
            "teeth": Teeth(**value.get("teeth", {})),
        }
        return cls(**{**value, **built})


def population(record: Record) -> Population:
    """Return how many proofs were expected, collected and executed, and how they ended."""
    results = [proof["result"] for proof in record.proofs]
    return Population(
        expected=len(record.expected_proofs),
        collected=len(record.collected_proofs),
        executed=sum(result != "not_applicable" for result in results),
        passed=results.count("passed"),
        failed=results.count("failed") + results.count("error"),
        not_applicable=results.count("not_applicable"),
    )


def without_database(record: Record) -> bool:
    """Return whether the run was asked to go without a database."""
    return record.database == "none" and any(
        step.state == "skipped" and step.reason == NO_DATABASE for step in record.steps
    )


def problems(record: Record) -> tuple[str, ...]:
    """Return why the run is not green, one sentence each; nothing when it is."""
    # A red result without a red step contradicts itself, and is told; otherwise its step tells it.
    found = [f"{step.name}: {step.reason}" for step in record.steps if step.state == "failed"] or red_results(
        record
    )
    if not without_database(record):
        skipped = [step for step in record.steps if step.state == "skipped" and step.reason != NO_STRENGTH]
        found += [f"{step.name}: skipped, {step.reason}" for step in skipped]
        found += population_problems(record)
    found += [f"{name}: withheld, it held a secret" for name in record.withheld]
    return tuple(found)


def population_problems(record: Record) -> list[str]:
    """Return where expected, collected and executed proofs and tests part, one sentence each."""
    expected, collected = set(record.expected_proofs), set(record.collected_proofs)
    ran = {proof["path"] for proof in record.proofs}
    found = []
    if len(record.proofs) != len(ran):
        twice = sorted(path for path in ran if sum(proof["path"] == path for proof in record.proofs) > 1)
        found.append(f"proofs with two results: {listed(twice)}")
    if record.shard[1] == 1 and (missing := sorted(expected - collected)):
        found.append(f"proofs expected but not collected: {listed(missing)}")
    if missing := sorted(collected - ran):
        found.append(f"proofs collected but not run: {listed(missing)}")
    if unknown := sorted((collected | ran) - expected):
        found.append(f"proofs that are not under proofs/: {listed(unknown)}")
    if not_run := sorted(test.nodeid for test in record.tests if test.result == "not run"):
        found.append(f"tests collected but not run: {listed(not_run)}")
    return found


def red_results(record: Record) -> list[str]:
    """Return the proofs and tests that failed, one sentence for each kind."""
    found = []
    if red := sorted(proof["path"] for proof in record.proofs if proof["result"] in ("failed", "error")):
        found.append(f"proofs that failed: {listed(red)}")
    if red := sorted(test.nodeid for test in record.tests if test.result in ("failed", "error")):
        found.append(f"tests that failed: {listed(red)}")
    return found


def verdict(record: Record) -> str:
    """Return the first line of the bundle: how the run ended, in capitals, and why when that is not plain."""
    if record.ending == "unfinished":
        return "INCOMPLETE: the gate did not come to its end; it still runs, or it was killed"
    wrong = problems(record)
    if record.ending == "interrupted":
        how = " (Ctrl-C)" if record.signal == "SIGINT" else ""
        return f"INTERRUPTED by {record.signal}{how}: what had not run by then is missing below"
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        return f"FAILED: {wrong[0]}{more}"
    if without_database(record):
        return f"PASSED WITHOUT A DATABASE: {NO_DATABASE}, so no proof was run"
    if record.shard[1] > 1:
        return (
            f"PASSED, PART {record.shard[0]} OF {record.shard[1]}: evidence only when merged with the other"
            " parts"
        )
    if any(step.reason == NO_STRENGTH for step in record.steps):
        return f"PASSED WITHOUT PROOF STRENGTH: {NO_STRENGTH}, so nothing shows that the proofs can fail"
    return "PASSED"


def judgement(record: Record) -> Judgement:
    """Return the verdict in the words of in-toto's test-result predicate; a part is no pass."""
    said = verdict(record)
    if said == "PASSED":
        return "PASSED"
    return "WARNED" if said.startswith("PASSED") else "FAILED"


def listed(names: Sequence[str], *, most: int = 5) -> str:
    """Return names as one enumeration, cut after a few."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more

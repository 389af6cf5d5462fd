"""The regression queries: the plan's own and every standing invariant, in one read-only snapshot."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from leaseproof.database.connection import Connection, connect
from leaseproof.database.invariants import Invariant, Violation, check, load_invariants
from leaseproof.database.marks import Mark, broken_on_purpose
from leaseproof.database.run import Run
from leaseproof.errors import DatabaseError, LeaseproofError
from leaseproof.evidence.record import Regression
from leaseproof.evidence.tables import DISPATCHING_QUERY, table

TIMEOUT = "10min"  # of one query, on a deployed database of any size
# The plan's query, with a table that is found although public is not in the path: an operator of a stranger there would run.
_DISPATCHING_IN_PUBLIC = DISPATCHING_QUERY.replace(" FROM ", " FROM public.")
NO_DISPATCHING = "no_dispatching_attempt"  # the standing invariant that says what the plan's query says


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one database holds that it should not."""

    dispatching: int
    violations: tuple[Violation, ...]

    def rows(self, name: str) -> int:
        """Return the rows that an invariant returned."""
        return next((each.row_count for each in self.violations if each.invariant.name == name), 0)

    @property
    def holds(self) -> bool:
        """Return whether nothing was found."""
        return not self.dispatching and not self.violations


def examine(connection: Connection, invariants: Sequence[Invariant]) -> Found:
    """Run the queries on one database, writing nothing.

    Args:
        connection: of a role that may read the tables.
        invariants: the standing queries.

    Raises:
        LeaseproofError: the database has no ledger, or the role may not read it.
    """
    try:
        with _read_only(connection):
            if not has_ledger(connection):
                raise LeaseproofError(
                    "got a database without payment_outbox_attempts; expected one that has the model; name"
                    " the right one, or apply it with invoke db.apply"
                )
            row = connection.execute(_DISPATCHING_IN_PUBLIC).fetchone()
            return Found(dispatching=row[0] if row else 0, violations=check(connection, invariants))
    except DatabaseError as error:
        if error.sqlstate == "42501":
            raise LeaseproofError(
                f"got a role that may not read what the queries read ({error}); expected the owner or a"
                " superuser; connect as one"
            ) from None
        raise


def examine_run(run: Run, invariants: Sequence[Invariant]) -> tuple[Regression, tuple[str, ...]]:
    """Run the queries on every database of a run that has the ledger.

    Returns:
        What was found, and the names of the databases that were examined.
    """
    with connect(run.server.conninfo) as admin:
        marked = broken_on_purpose(admin)
    names: list[str] = []
    problems: list[str] = []
    exceptions: list[str] = []
    totals: dict[str, int] = {}
    dispatching = 0
    for name in run.databases():
        with run.connect("owner", name) as connection:
            if not has_ledger(connection):
                continue
            names.append(name)
            try:
                found = examine(connection, invariants)
            except LeaseproofError as error:
                problems.append(f"{name}: the queries failed: {error}")
                continue
        judged = _judge(found, marked.get(name))
        dispatching += judged.dispatching
        for invariant, rows in judged.violations.items():
            totals[invariant] = totals.get(invariant, 0) + rows
        problems += [f"{name}: {'; '.join(judged.problems)}"] if judged.problems else []
        exceptions += judged.exceptions
    found_all = Regression(
        dispatching=dispatching,
        violations=totals,
        problems=tuple(problems),
        exceptions=tuple(sorted(exceptions)),
    )
    return found_all, tuple(names)


def _judge(found: Found, mark: Mark | None) -> Regression:
    """Return what a database holds that its test did not announce, and what it announced that is not so."""
    allowed = set(mark.invariants) if mark else set()
    unannounced = [each for each in found.violations if each.invariant.name not in allowed]
    dispatching = 0 if NO_DISPATCHING in allowed else found.dispatching
    problems = [f"{dispatching} attempts in state DISPATCHING"] if dispatching else []
    problems += [
        f"{each.invariant.name} ({each.row_count} rows, the first {each.rows[0]})" for each in unannounced
    ]
    broken = {each.invariant.name for each in found.violations}
    if mark and (idle := sorted(allowed - broken)):
        problems.append(f"{mark.by} said that it breaks {', '.join(idle)}, which holds; take the mark away")
    return Regression(
        dispatching=dispatching,
        violations={each.invariant.name: each.row_count for each in unannounced},
        problems=tuple(problems),
        exceptions=tuple(f"{name}: {mark.by}" for name in sorted(allowed & broken)) if mark else (),
    )


def standing_invariants(root: Path) -> tuple[Invariant, ...]:
    """Return the project's standing invariants."""
    return load_invariants(root / "sql" / "invariants")


def has_ledger(connection: Connection) -> bool:
    """Return whether a database has the table that the plan's query reads."""
    row = connection.execute(
        "SELECT pg_catalog.to_regclass('public.payment_outbox_attempts') IS NOT NULL"
    ).fetchone()
    return bool(row and row[0])


def report(found: Found, invariants: Sequence[Invariant]) -> str:
    """Return what was found in one database as a table, and the first rows of what does not hold."""
    rows: list[tuple[str, int, str]] = [
        ("The query above.", found.dispatching, "red" if found.dispatching else "holds")
    ]
    for each in invariants:
        count = found.rows(each.name)
        rows.append((each.claim, count, "red" if count else "holds"))
    shown: Mapping[str, tuple[str, ...]] = {each.invariant.name: each.rows for each in found.violations}
    lines = [DISPATCHING_QUERY, "", table(rows, ["what must hold", "rows", "state"], [62, None, None])]
    for name, examples in shown.items():
        lines += ["", f"{name}, the first rows:", *(f"  {row}" for row in examples)]
    return "\n".join(lines)


@contextmanager
def _read_only(connection: Connection) -> Iterator[None]:
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.execute(f"SET LOCAL statement_timeout = '{TIMEOUT}'")
        connection.execute("SET LOCAL search_path = pg_catalog, pg_temp")
        yield

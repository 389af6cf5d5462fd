"""Pristine databases and clean connections for the proofs of one process.

One database serves proof after proof: what a schedule changed is put back, and the baseline's own query says
that nothing else changed. A database whose catalog changed, or whose reset cannot be shown to be complete, is
dropped and replaced by one that was made meanwhile.
"""

from collections.abc import Mapping, MutableMapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

from leaseproof.database.invariants import Invariant
from leaseproof.database.roles import Login
from leaseproof.database.run import Run
from leaseproof.database.wire import Wire, failed, rows_of
from leaseproof.errors import DatabaseError, LeaseproofError
from leaseproof.proof.baseline import FLUSH_COUNTERS, Baseline, Change
from leaseproof.proof.session import Session
from leaseproof.proof.watch import Watch

RESETS_PER_DATABASE = 300  # deleted rows stay in the files: a database is replaced before that costs time
NO_DEADLOCK_SEARCH = "1h"
SHORT_DEADLOCK_TIMEOUT = "1ms"

# DISCARD ALL in its parts, so that it fits in one round trip behind the ROLLBACK, with the proof that it
# worked.
_CLEAN = (
    "ROLLBACK; CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; DEALLOCATE ALL; UNLISTEN *;"
    " SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD PLANS; DISCARD TEMP; DISCARD SEQUENCES;"
    f" {FLUSH_COUNTERS};"
)
_WHO = (
    "SELECT concat_ws('/', session_user, current_user, current_setting('search_path')),"
    " current_setting('track_counts')"
)


class Arena:
    """One scratch database with its watch, its baseline and its connections.

    Args:
        run: the hold on the server.
        database: a fresh database of that run.
        invariants: the standing queries to run after each schedule.
    """

    def __init__(self, run: Run, database: str, invariants: Sequence[Invariant]) -> None:
        self.database = database
        self.resets = 0
        self.change = Change()
        self.broken = False  # not to be used again
        self.seeded = True
        self._run = run
        self._invariants = invariants
        self._control = Wire.connect(run.conninfo(database))
        self._seed_deadlock_timeout(NO_DEADLOCK_SEARCH)
        self._baseline = Baseline(self._control)
        for position, invariant in enumerate(invariants):
            self._control.run(
                f"PREPARE leaseproof_invariant_{position} AS {invariant.sql.rstrip().rstrip(';')}"
            )
        self._examination = ";".join(
            [
                *(f"EXECUTE leaseproof_invariant_{position}" for position in range(len(invariants))),
                Baseline.query,
            ]
        )
        self.watch = Watch(self._control)
        self._uncounted = False  # a session could have written without the server counting it
        self._logins: dict[str, Login] = {}
        self._idle: dict[tuple[str, int], list[Wire]] = {}
        self._wires: set[Wire] = set()  # every open connection of a session
        self._identities: dict[int, str] = {}  # backend pid -> what _WHO answered when it was new

    def open_sessions(
        self,
        roles: Mapping[str, str],
        values: MutableMapping[str, str],
        *,
        timeout_ms: int,
        victims: frozenset[str] = frozenset(),
    ) -> dict[str, Session]:
        """Return a session of its role for each name.

        Args:
            roles: session name to database role.
            values: where ``\\gset`` stores.
            timeout_ms: statement timeout of each.
            victims: sessions that must notice a deadlock at once.
        """
        if victims:
            self._seed_deadlock_timeout(SHORT_DEADLOCK_TIMEOUT)
        sessions: dict[str, Session] = {}
        for name in sorted(roles, key=lambda name: name not in victims):
            if name not in victims and victims:
                self._seed_deadlock_timeout(NO_DEADLOCK_SEARCH)
                victims = frozenset()
            fresh = name in victims
            wire = self._connect(roles[name], timeout_ms) if fresh else self._take(roles[name], timeout_ms)
            sessions[name] = Session(
                name, wire, values, role=roles[name], timeout_ms=timeout_ms, stained=fresh
            )
        if victims:
            self._seed_deadlock_timeout(NO_DEADLOCK_SEARCH)
        return {name: sessions[name] for name in roles}

    def close_sessions(self, sessions: Mapping[str, Session]) -> None:
        """Roll back and clean every session's connection; keep those that are as new."""
        for session in sessions.values():
            if session.wire.busy:
                session.wire.cancel()
        for session in sessions.values():
            session.wire.finish(timeout_ms=2_000)
            self._uncounted = self._uncounted or session.uncounted
            again = ";".join((*self._login(session.role).on_connect, _WHO))
            session.wire.send("ROLLBACK" if session.stained else _CLEAN + again)
        for session in sessions.values():
            wire = session.wire
            wire.finish(timeout_ms=10_000)
            if session.stained or not self._is_as_new(wire):
                self._close(wire)
            else:
                wire.notices.clear()
                wire.notifications.clear()
                self._idle.setdefault((session.role, session.timeout_ms), []).append(wire)

    def _is_as_new(self, wire: Wire) -> bool:
        """Say whether cleaning worked and the connection is again who it was."""
        if wire.lost is not None or any(failed(result) for result in wire.results):
            return False
        return rows_of(wire.results[-1])[0][0] == self._identities[wire.pid]

    def examine(self) -> tuple[str, ...]:
        """Run the standing invariants; return the names of those that do not hold, and remember what changed.

        All sessions must be closed.
        """
        try:
            results = self._control.run(self._examination)
            broken = tuple(
                invariant.name
                for invariant, result in zip(self._invariants, results, strict=False)
                if result.ntuples
            )
            self.change = self._baseline.compare(*results[-2:], thorough=self._uncounted)
        except DatabaseError:
            self.broken = True
            if self._control.lost is not None:
                raise
            return self._examine_one_by_one()
        if self.change.prepared:
            gids = (gid.replace("'", "''") for gid in self.change.prepared)
            for gid in gids:
                self._control.run(f"ROLLBACK PREPARED '{gid}'")
            return self.examine()
        return broken

    def setting(self, name: str) -> str | None:
        """Return a server setting in its own unit; None when the server has no such setting."""
        quoted = name.replace("'", "''")
        rows = rows_of(
            self._control.run(f"SELECT setting FROM pg_catalog.pg_settings WHERE name = '{quoted}'")[0]
        )
        return rows[0][0] if rows else None

    def reset(self) -> bool:
        """Put back what changed; return whether the database is as fresh as on its first day."""
        if (
            self.broken
            or self.change.catalog
            or self.resets >= RESETS_PER_DATABASE
            or not self._baseline.restorable
        ):
            return False
        if self.change:
            self.resets += 1
            try:
                if not self._baseline.restore(self.change):
                    return False
            except DatabaseError:
                return False
            self.change = Change()
        return True

    def alter(self, statements: Sequence[str]) -> None:
        """Change the model of a pristine arena; what it is then is what later resets go back to.

        Args:
            statements: run as the role that the server was reached with; they may change the catalog, not the tables.

        Raises:
            DatabaseError: one of them failed.
        """
        for statement in statements:
            self._control.run(statement)
        self._baseline.take()

    def close(self) -> None:
        """Close every connection; the database stays."""
        for wire in self._wires:
            wire.close()
        self._wires.clear()
        self._idle.clear()
        self._control.close()

    def _examine_one_by_one(self) -> tuple[str, ...]:
        broken = []
        for invariant in self._invariants:
            try:
                if self._control.run(invariant.sql)[-1].ntuples:
                    broken.append(invariant.name)
            except DatabaseError:
                broken.append(invariant.name)
        return tuple(broken)

    def _take(self, role: str, timeout_ms: int) -> Wire:
        idle = self._idle.get((role, timeout_ms))
        return idle.pop() if idle else self._connect(role, timeout_ms)

    def _login(self, role: str) -> Login:
        if role not in self._logins:
            self._logins[role] = self._run.login(role, self.database)
        return self._logins[role]

    def _connect(self, role: str, timeout_ms: int) -> Wire:
        login = self._login(role)
        wire = Wire.connect(login.conninfo, statement_timeout_ms=timeout_ms)
        self._wires.add(wire)
        results = wire.run(";".join((*login.on_connect, _WHO)))
        ((identity, counts),) = rows_of(results[-1])
        self._identities[wire.pid] = str(identity)
        self._uncounted = self._uncounted or counts != "on"
        wire.notices.clear()
        return wire

    def _close(self, wire: Wire) -> None:
        """Close a connection and wait until its backend is gone, so that it holds nothing any more."""
        self._identities.pop(wire.pid, None)
        self._wires.discard(wire)
        wire.close()
        self._control.run(f"SELECT pg_catalog.pg_terminate_backend({wire.pid}, 5000)")
        self._control.notices.clear()

    def _seed_deadlock_timeout(self, value: str) -> None:
        """Say who notices a deadlock among the connections made from now on, where this role may."""
        if not self.seeded:
            return
        try:
            self._control.run(f"ALTER DATABASE {self.database} SET deadlock_timeout = '{value}'")
        except DatabaseError as error:
            if error.sqlstate != "42501":
                raise
            self.seeded = False


class Pool:
    """Hands out one arena at a time, always pristine.

    Args:
        run: the hold on the server.
        invariants: the standing queries.
        label: tells this process's databases from those of others in the run.
        template: the database to copy; default the model's.
    """

    def __init__(
        self, run: Run, invariants: Sequence[Invariant], *, label: str, template: str | None = None
    ) -> None:
        self.run = run
        self._template = template
        self.databases_made = 0
        self.resets = 0
        self._invariants = invariants
        self._label = label
        self._background = ThreadPoolExecutor(max_workers=1, thread_name_prefix="leaseproof-pool")
        self._arena: Arena | None = None
        self._spare: Future[Arena] | None = None

    @property
    def invariant_names(self) -> frozenset[str]:
        """Return the names of the standing invariants."""
        return frozenset(invariant.name for invariant in self._invariants)

    @property
    def current(self) -> Arena:
        """Return the arena handed out last, or the first one."""
        return self._arena or self.take()

    def setting(self, name: str) -> str | None:
        """Return a server setting in its own unit; None when the server has no such setting."""
        return self.current.setting(name)

    def take(self, *, fresh: bool = False) -> Arena:
        """Return a pristine arena; the one handed out before must have been examined.

        Args:
            fresh: never a database that was used before.
        """
        if self._arena is not None and not fresh and self._arena.reset():
            return self._arena
        if self._arena is not None:
            self.retire()
        spare, self._spare = self._spare or self._background.submit(self._make), None
        self._arena = spare.result()
        self._spare = self._background.submit(self._make)
        return self._arena

    def retire(self) -> None:
        """Drop the arena in hand: it is not to be used again."""
        if self._arena is not None:
            self._arena.close()
            self._background.submit(self.run.drop_database, self._arena.database)
            self._arena = None

    def close(self) -> None:
        """Drop every database of this pool."""
        self.retire()
        if self._spare is not None:
            with suppress(LeaseproofError):  # it could not be made: there is nothing to drop
                self._arena = self._spare.result()
            self._spare = None
            self.retire()
        self._background.shutdown(wait=True)

    def _make(self) -> Arena:
        self.databases_made += 1
        database = self.run.create_database(f"{self._label}_{self.databases_made}", template=self._template)
        return Arena(self.run, database, self._invariants)

"""Judges one mutant: a clone of the model with the change in it, and proof after proof until one goes red."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from leaseproof.database.connection import connect
from leaseproof.database.invariants import Invariant
from leaseproof.database.run import Run
from leaseproof.errors import DatabaseError
from leaseproof.proof.manifest import Proof
from leaseproof.proof.outcome import SUCCESS, ProofResult
from leaseproof.proof.pool import Arena
from leaseproof.proof.runner import run_proof
from leaseproof.proof.strength.mutant import Judged, Mutant, Verdict
from leaseproof.proof.strength.search import Rivals

CANCELLED = "57014"
FINDS_NOTHING = "SELECT NULL WHERE false"
BROKEN_TEXT = ("42601", "42703", "42883", "42P01", "42702", "42804")  # a body that no longer compiles says nothing


class Clones:
    """Makes databases of the unchanged model, one ahead of need.

    Args:
        run: the hold on the server.
        label: tells this process's databases from those of others in the run.
    """

    def __init__(self, run: Run, *, label: str) -> None:
        self.run = run
        self._label = label
        self._made = 0
        self._lent: Arena | None = None
        self._background = ThreadPoolExecutor(max_workers=1, thread_name_prefix="leaseproof-clones")
        self._ahead: Future[str] = self._background.submit(self._make)

    def borrow(self, invariants: Sequence[Invariant]) -> Arena:
        """Return a pristine arena of the unchanged model that was used before, or a new one; give it back or drop it."""
        arena, self._lent = self._lent, None
        return arena or Arena(self.run, self.take(), invariants)

    def give_back(self, arena: Arena) -> None:
        """Take an arena back, pristine and of the unchanged model again."""
        self._lent = arena

    def take(self) -> str:
        """Return a database that nobody has used."""
        name = self._ahead.result()
        self._ahead = self._background.submit(self._make)
        return name

    def drop(self, database: str) -> None:
        """Drop a database, behind the caller's back."""
        self._background.submit(self.run.drop_database, database)

    def close(self) -> None:
        """Drop what was made ahead, and wait until every drop is done."""
        if self._lent is not None:
            self._lent.close()
            self.drop(self._lent.database)
        self.drop(self._ahead.result())
        self._background.shutdown(wait=True)

    def _make(self) -> str:
        self._made += 1
        return self.run.create_database(f"{self._label}_{self._made}")


class MutantPool:
    """Hands out arenas of one mutant, to the runner as a :class:`~leaseproof.proof.pool.Pool` would.

    Args:
        clones: where unchanged databases come from.
        invariants: the standing queries.
        mutant: the change to make in each database.
    """

    def __init__(self, clones: Clones, invariants: Sequence[Invariant], mutant: Mutant) -> None:
        self.run = clones.run
        self._clones = clones
        self._invariants = [replace(one, sql=FINDS_NOTHING) if one.name == mutant.silenced else one for one in invariants]
        self._mutant = mutant
        self._arena: Arena | None = None
        self._borrowed = False

    @property
    def invariant_names(self) -> frozenset[str]:
        """Return the names of the standing invariants."""
        return frozenset(invariant.name for invariant in self._invariants)

    def setting(self, name: str) -> str | None:
        """Return a server setting in its own unit; None when the server has no such setting."""
        return (self._arena or self.take()).setting(name)

    def take(self, *, fresh: bool = False) -> Arena:
        """Return an arena with the mutant in it, as on its first day."""
        if self._arena is not None and not fresh and self._arena.reset():
            return self._arena
        self.retire()
        if self._mutant.undo and not fresh:
            self._arena = self._borrow()
            return self._arena
        database = self._clones.take()
        try:
            with connect(self.run.conninfo(database)) as owner:
                for statement in self._mutant.statements:
                    owner.execute(statement)
            self._arena = Arena(self.run, database, self._invariants)
        except BaseException:
            self._clones.drop(database)
            raise
        return self._arena

    def retire(self) -> None:
        """Drop the arena in hand: nobody knows what it looks like."""
        if self._arena is not None:
            self._arena.close()
            self._clones.drop(self._arena.database)
        self._arena = None
        self._borrowed = False

    def release(self) -> None:
        """Be done with the mutant: a borrowed arena goes back without it where that leaves no trace."""
        if self._borrowed and self._arena is not None and self._arena.reset() and self._undo(self._arena):
            self._clones.give_back(self._arena)
            self._arena = None
        self.retire()

    def _borrow(self) -> Arena:
        """Put the mutant into an arena of the unchanged model: a changed body leaves no other trace than itself."""
        arena = self._clones.borrow(self._invariants)
        try:
            arena.alter(self._mutant.statements)
        except DatabaseError:  # nothing was changed
            self._clones.give_back(arena)
            raise
        self._borrowed = True
        return arena

    def _undo(self, arena: Arena) -> bool:
        try:
            arena.alter(self._mutant.undo)
        except DatabaseError:
            return False
        return True


def judge_mutant(
    mutant: Mutant,
    proofs: Sequence[Proof],
    clones: Clones,
    invariants: Sequence[Invariant],
    *,
    rivals: Callable[[str], Rivals] = lambda killer: Rivals(),
) -> Judged:
    """Run proofs against a mutant until one goes red.

    Args:
        mutant: the change.
        proofs: all proofs that can notice it, those most likely to do so first.
        clones: where databases come from.
        invariants: the standing queries.
        rivals: given the killer's id, whom to ask whether they notice it too.
    """
    pool = MutantPool(clones, invariants, mutant)
    try:
        pool.take()
    except DatabaseError as error:
        return Judged(mutant=mutant, verdict="invalid", reason=str(error).splitlines()[0])
    ran = 0
    try:
        for proof in proofs:
            result = run_proof(proof, pool)  # type: ignore[arg-type]
            if result.result == "not_applicable":
                continue
            ran += 1
            if result.result != "passed":
                judged = _killed(mutant, result, ran)
                return replace(judged, rival=_rival(rivals(judged.killer), pool)) if judged.killer else judged
    finally:
        pool.release()
    return Judged(mutant=mutant, verdict="survived", proofs_run=ran)


def own_expectations_fail(proof: Proof, pool: MutantPool) -> bool:
    """Return whether a proof goes red on a mutant by what it expects itself, not by a standing invariant that broke.

    That one of the invariants that it breaks on purpose held all the time is among what it expects.
    """
    result = run_proof(proof, pool)  # type: ignore[arg-type]
    return result.result == "failed" and (
        any(one.problems for one in result.schedules) or not any(one.violations for one in result.schedules)
    )


def _rival(rivals: Rivals, pool: MutantPool) -> str | None:
    """Return the first of these proofs that goes red; when none does, what is known otherwise."""
    for proof in rivals.proofs:
        if run_proof(proof, pool).result not in ("passed", "not_applicable"):  # type: ignore[arg-type]
            return proof.manifest.id
    return rivals.otherwise


def _killed(mutant: Mutant, result: ProofResult, ran: int) -> Judged:
    reason = first_problem(result)
    codes = {code for step, observed in result.observed.items() for code in observed.split(",")}
    wanted = {code for expected in result.expected.values() for code in expected.split(",")} | {SUCCESS}
    if mutant.changes_body and codes - wanted & set(BROKEN_TEXT) and (codes - wanted) <= {*BROKEN_TEXT, "25P02"}:
        return Judged(mutant=mutant, verdict="invalid", reason=reason, proofs_run=ran)
    verdict: Verdict = "timed out" if CANCELLED in codes - wanted else "killed"
    return Judged(mutant=mutant, verdict=verdict, killer=result.id, reason=reason[:300], proofs_run=ran)


def first_problem(result: ProofResult) -> str:
    """Return the first thing that is wrong with a proof, in one line."""
    failed = [one for one in result.schedules if one.problems or one.violations]
    words = [*(failed[0].problems or failed[0].violations), result.reason] if failed else [result.reason]
    return next((" ".join(word.split()) for word in words if word), "")

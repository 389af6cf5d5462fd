"""Judges one mutant: a clone of the model with the change in it, and proof after proof until one goes red."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from leaseproof.database.connection import connect
from leaseproof.database.invariants import Invariant
from leaseproof.database.run import Run
from leaseproof.errors import DatabaseError
from leaseproof.proof.manifest import Proof
from leaseproof.proof.outcome import SUCCESS, ProofResult
from leaseproof.proof.pool import Arena
from leaseproof.proof.runner import run_proof
from leaseproof.proof.strength.mutant import Judged, Mutant

CANCELLED = "57014"
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
        self._background = ThreadPoolExecutor(max_workers=1, thread_name_prefix="leaseproof-clones")
        self._ahead: Future[str] = self._background.submit(self._make)

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
        self._invariants = invariants
        self._mutant = mutant
        self._arena: Arena | None = None

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
        """Drop the arena in hand."""
        if self._arena is not None:
            self._arena.close()
            self._clones.drop(self._arena.database)
            self._arena = None


def judge_mutant(
    mutant: Mutant, proofs: Sequence[Proof], clones: Clones, invariants: Sequence[Invariant]
) -> Judged:
    """Run proofs against a mutant until one goes red.

    Args:
        mutant: the change.
        proofs: all proofs, those most likely to notice first.
        clones: where databases come from.
        invariants: the standing queries.
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
                return _killed(mutant, result, ran)
    finally:
        pool.retire()
    return Judged(mutant=mutant, verdict="survived", proofs_run=ran)


def _killed(mutant: Mutant, result: ProofResult, ran: int) -> Judged:
    failed = [one for one in result.schedules if one.problems or one.violations]
    words = [*(failed[0].problems or failed[0].violations), result.reason] if failed else [result.reason]
    reason = next((" ".join(word.split()) for word in words if word), "")
    codes = {code for step, observed in result.observed.items() for code in observed.split(",")}
    wanted = {code for expected in result.expected.values() for code in expected.split(",")} | {SUCCESS}
    if codes - wanted & set(BROKEN_TEXT) and (codes - wanted) <= {*BROKEN_TEXT, "25P02"}:
        return Judged(mutant=mutant, verdict="invalid", reason=reason, proofs_run=ran)
    verdict = "timed out" if CANCELLED in codes - wanted else "killed"
    return Judged(mutant=mutant, verdict=verdict, killer=result.id, reason=reason[:300], proofs_run=ran)


class Likelihood:
    """Puts the proofs that may notice a mutant first: known killers, then those that name what it changes.

    Args:
        proofs: all proofs.
        callers: function name -> names of the functions whose bodies call it.
        costs: proof id -> milliseconds of an earlier run.
        killers: mutant id -> proof id that killed it in an earlier run.
    """

    def __init__(
        self,
        proofs: Sequence[Proof],
        callers: Mapping[str, Iterable[str]],
        costs: Mapping[str, float],
        killers: Mapping[str, str],
    ) -> None:
        self._proofs = proofs
        self._texts = {proof.manifest.id: _text(proof) for proof in proofs}
        self._callers = callers
        self._costs = costs
        self._killers = killers
        self._kills: dict[str, Counter[str]] = {}

    def order(self, mutant: Mutant) -> list[Proof]:
        """Return all proofs, the likeliest killer first; the order never decides the verdict, only the time."""
        names = self._names(mutant.object)
        kills = self._kills.get(mutant.object, Counter())
        known = self._killers.get(mutant.id)

        def rank(proof: Proof) -> tuple[bool, int, int, float, str]:
            name = proof.manifest.id
            mentions = sum(part in self._texts[name] for part in names)
            return (name != known, -kills[name], -mentions, self._costs.get(name, 50.0), name)

        return sorted(self._proofs, key=rank)

    def learn(self, judged: Judged) -> None:
        """Remember who killed a mutant of this object."""
        if judged.killer:
            self._kills.setdefault(judged.mutant.object, Counter())[judged.killer] += 1

    def _names(self, changed: str) -> set[str]:
        names = set(changed.split("."))
        todo = list(names)
        while todo:
            for caller in self._callers.get(todo.pop(), ()):
                if caller not in names:
                    names.add(caller)
                    todo.append(caller)
        return names


def callers_of(bodies: Mapping[str, str]) -> dict[str, list[str]]:
    """Return, for each function, the functions whose bodies name it.

    Args:
        bodies: function name -> body.
    """
    return {name: [other for other, body in bodies.items() if other != name and name in body] for name in bodies}


def _text(proof: Proof) -> str:
    return "\n".join([proof.manifest.claim, *(step.sql for step in proof.script.steps), *map(str, proof.manifest.expect.values())])



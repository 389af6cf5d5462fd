"""The converse of a mutant's killer: for each proof, a mutant that it kills, and where there is one a proof that misses it."""

from collections.abc import Iterator, Mapping, Sequence

from leaseproof.database.invariants import Invariant
from leaseproof.errors import DatabaseError
from leaseproof.proof.manifest import Proof
from leaseproof.proof.strength.examine import Clones, MutantPool, own_expectations_fail
from leaseproof.proof.strength.likelihood import Likelihood, words
from leaseproof.proof.strength.mutant import Mutant

_WITNESSES = 3  # proofs of other invariants that are asked whether they miss a mutant
_KILLS_TRIED = 25  # kills of one proof that are compared: after so many, the best must do
_LAST = ("grant added", "owner", "search path")  # classes that the standing invariants notice before any proof does


class Kills:
    """Finds what each proof kills.

    Args:
        proofs: all proofs.
        mutants: all mutants.
        likelihood: who may notice what.
        known: proof id -> mutant and missed_by of an earlier run, to be confirmed first.
        killers: mutant id -> proof id that killed it first in an earlier run.
    """

    def __init__(
        self,
        proofs: Sequence[Proof],
        mutants: Sequence[Mutant],
        likelihood: Likelihood,
        known: Mapping[str, Mapping[str, str]],
        killers: Mapping[str, str],
    ) -> None:
        self._proofs = {proof.manifest.id: proof for proof in proofs}
        self._mutants = {mutant.id: mutant for mutant in mutants}
        self._likelihood = likelihood
        self._known = known
        self._killers = killers

    def find(self, proof: Proof, clones: Clones, invariants: Sequence[Invariant]) -> Mapping[str, str]:
        """Return ``mutant`` and ``missed_by``, ids, or an empty mapping for a proof that kills nothing.

        A known kill is confirmed. Otherwise that mutant is taken which most of the likeliest killers of other invariants run
        into and miss: it shows best what this proof adds. ``missed_by`` is one of those, or empty when all of them notice.

        Args:
            proof: whose kill is wanted; it must go red by its own expectations.
            clones: where databases come from.
            invariants: the standing queries.
        """
        known = self._known.get(proof.manifest.id)
        if known is not None and known["mutant"] in self._mutants:
            witnesses: Sequence[Proof] = [self._proofs[known["missed_by"]]] if known["missed_by"] in self._proofs else []
            missed = self._try(proof, self._mutants[known["mutant"]], witnesses, clones, invariants)
            if missed is not None and (missed or not known["missed_by"]):
                return known
        best: Mapping[str, str] = {}
        most = -1
        tried = 0
        for mutant in self._candidates(proof):
            witnesses = self._witnesses(proof, mutant)
            missed = self._try(proof, mutant, witnesses, clones, invariants)
            if missed is None:
                continue
            if len(missed) > most:
                best, most = {"mutant": mutant.id, "missed_by": missed[0] if missed else ""}, len(missed)
            tried += 1
            if tried == _KILLS_TRIED or (most == len(witnesses) and witnesses):
                break
        return best

    def _try(
        self,
        proof: Proof,
        mutant: Mutant,
        witnesses: Sequence[Proof],
        clones: Clones,
        invariants: Sequence[Invariant],
    ) -> Sequence[str] | None:
        """Return the ids of the witnesses that miss a mutant, or None when the proof itself does not kill it."""
        pool = MutantPool(clones, invariants, mutant)
        try:
            if not own_expectations_fail(proof, pool):
                return None
            return [one.manifest.id for one in witnesses if not own_expectations_fail(one, pool)]
        except DatabaseError:  # the change cannot be made here: it shows nothing
            return None
        finally:
            pool.release()

    def _candidates(self, proof: Proof) -> Iterator[Mutant]:
        """Every mutant that the proof may notice: those that it was the first to kill, then those of what it names."""
        named = words("\n".join(step.sql for step in proof.script.steps)) | set(proof.manifest.breaks)

        def rank(mutant: Mutant) -> tuple[bool, bool, bool, str]:
            first = self._killers.get(mutant.id) == proof.manifest.id
            names = named.isdisjoint(mutant.object.split("."))
            return (not first, mutant.kind in _LAST, names, mutant.id)

        return (one for one in sorted(self._mutants.values(), key=rank) if self._likelihood.may_notice(proof, one))

    def _witnesses(self, proof: Proof, mutant: Mutant) -> Sequence[Proof]:
        others = [one for one in self._likelihood.order(mutant) if one.manifest.invariant != proof.manifest.invariant]
        return others[:_WITNESSES]

"""The converse of a mutant's killer: for each proof, a mutant that it kills, and where there is one a proof that misses it."""

from collections.abc import Iterator, Mapping, Sequence

from leaseproof.database.invariants import Invariant
from leaseproof.proof.manifest import Proof
from leaseproof.proof.strength.examine import Clones, MutantPool, own_expectations_fail
from leaseproof.proof.strength.likelihood import Likelihood, words
from leaseproof.proof.strength.mutant import Mutant

_WITNESSES = 3  # proofs of other invariants that are asked whether they miss a mutant
_BROAD_KILLS = 40  # mutants that everybody kills: after so many, one of them must do
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

        Preferred is a mutant that another invariant's proof runs into and misses: it shows what this proof adds. When the
        first :data:`_BROAD_KILLS` mutants that the proof kills are noticed by everybody, ``missed_by`` is empty.

        Args:
            proof: whose kill is wanted; it must go red by its own expectations.
            clones: where databases come from.
            invariants: the standing queries.
        """
        known = self._known.get(proof.manifest.id, {})
        broad: Mapping[str, str] = {}
        seen = 0
        for mutant in self._candidates(proof, known.get("mutant", "")):
            pool = MutantPool(clones, invariants, mutant)
            try:
                if not own_expectations_fail(proof, pool):
                    continue
                confirming = known and mutant.id == known["mutant"]
                witnesses = self._witnesses(proof, mutant, known["missed_by"] if confirming else None)
                missed_by = next((one.manifest.id for one in witnesses if not own_expectations_fail(one, pool)), "")
            except Exception:  # a mutant that cannot be made, or that breaks its database, shows nothing
                continue
            finally:
                pool.retire()
            kill = {"mutant": mutant.id, "missed_by": missed_by}
            if missed_by or (confirming and not known["missed_by"]):
                return kill
            broad = broad or kill
            seen += 1
            if seen == _BROAD_KILLS:
                break
        return broad

    def _candidates(self, proof: Proof, known: str) -> Iterator[Mutant]:
        """Every mutant that the proof may notice: the known one, those that it was the first to kill, those that it names."""
        named = words("\n".join(step.sql for step in proof.script.steps))

        def rank(mutant: Mutant) -> tuple[bool, bool, bool, bool, str]:
            first = self._killers.get(mutant.id) == proof.manifest.id
            names = named.isdisjoint(mutant.object.split("."))
            return (mutant.id != known, not first, mutant.kind in _LAST, names, mutant.id)

        return (one for one in sorted(self._mutants.values(), key=rank) if self._likelihood.may_notice(proof, one))

    def _witnesses(self, proof: Proof, mutant: Mutant, known: str | None) -> Sequence[Proof]:
        if known is not None:
            return [self._proofs[known]] if known in self._proofs else []
        others = [one for one in self._likelihood.order(mutant) if one.manifest.invariant != proof.manifest.invariant]
        return others[:_WITNESSES]

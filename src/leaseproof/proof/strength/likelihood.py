"""Which proofs can notice a mutant, and which of them to ask first.

A proof can notice a changed function body only when something that it runs reaches that function. Reach is read from the
texts: a proof reaches what its steps name, a function what its body names, a table its triggers, a view its definition. That
errs on the safe side (a name in a comment counts), so a proof that is left out could not have noticed.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from leaseproof.database.anatomy import Anatomy
from leaseproof.database.invariants import Invariant
from leaseproof.proof.manifest import Proof
from leaseproof.proof.strength.mutant import Mutant

_CATALOG_OF_FUNCTIONS = frozenset({"pg_proc", "pg_get_functiondef", "prosrc"})  # who reads these may call anything
_UNMEASURED_MS = 50.0


class Reach:
    """What of the model a text can come to execute.

    Args:
        anatomy: the parts of the unchanged model.
    """

    def __init__(self, anatomy: Anatomy) -> None:
        uses: dict[str, set[str]] = {}
        for name, _signature, _definition, body, *_ in anatomy.functions:
            uses.setdefault(name, set()).update(words(body))
        for table, _trigger, definition, _enabled in anatomy.triggers:
            uses.setdefault(table, set()).update(words(definition))
        for table, _name, _kind, definition in anatomy.constraints:
            uses.setdefault(table, set()).update(words(definition))
        for table, _name, _type, _not_null, default, *_ in anatomy.columns:
            uses.setdefault(table, set()).update(words(default or ""))
        for name, definition in anatomy.views:
            uses.setdefault(name, set()).update(words(definition))
        self.functions = frozenset(name for name, *_ in anatomy.functions)
        self._uses = {name: frozenset(used & uses.keys()) - {name} for name, used in uses.items()}

    def of(self, text: str) -> frozenset[str]:
        """Return the functions, tables and views that a text names, and all that these reach in turn."""
        found = words(text)
        if found & _CATALOG_OF_FUNCTIONS:
            return frozenset(self._uses)
        reached = {name for name in found if name in self._uses}
        todo = list(reached)
        while todo:
            new = self._uses[todo.pop()] - reached
            reached |= new
            todo.extend(new)
        return frozenset(reached)


def words(text: str) -> frozenset[str]:
    """Return every word of a text, in lower case."""
    return frozenset(re.findall(r"\w+", text.lower()))


class Likelihood:
    """Puts the proofs that may notice a mutant in the order in which to ask them.

    Args:
        proofs: all proofs.
        invariants: the standing queries, which run after each of them.
        reach: of the unchanged model.
        costs: proof id -> milliseconds of an earlier run.
        killers: mutant id -> proof id that killed it in an earlier run.
    """

    def __init__(
        self,
        proofs: Sequence[Proof],
        invariants: Sequence[Invariant],
        reach: Reach,
        costs: Mapping[str, float],
        killers: Mapping[str, str],
    ) -> None:
        standing = reach.of("\n".join(invariant.sql for invariant in invariants))
        self._proofs = proofs
        self._functions = reach.functions
        self._reached = {proof.manifest.id: reach.of(_text(proof)) | standing for proof in proofs}
        self._words = {proof.manifest.id: words(_text(proof)) | set(proof.manifest.breaks) for proof in proofs}
        self._costs = costs
        self._killers = killers
        self._kills: dict[str, Counter[str]] = {}
        for mutant, killer in killers.items():
            self._kills.setdefault(mutant.partition("/")[0], Counter())[killer] += 1

    def reached(self, proof: str) -> frozenset[str]:
        """Return what a proof reaches, by its id."""
        return self._reached[proof]

    def may_notice(self, proof: Proof, mutant: Mutant) -> bool:
        """Return whether a proof can notice a mutant: of a changed body only who comes to run it, of all else everybody."""
        body_of_a_function = mutant.changes_body and mutant.object in self._functions
        return not body_of_a_function or mutant.object in self._reached[proof.manifest.id]

    def order(self, mutant: Mutant) -> list[Proof]:
        """Return the proofs that can notice a mutant: its known killer first, then who killed most of the same object.

        Only what was written down before the run decides the order, so two runs find the same killer.
        """
        names = set(mutant.object.split("."))
        kills = self._kills.get(mutant.object, Counter())
        known = self._killers.get(mutant.id)

        def rank(proof: Proof) -> tuple[bool, int, int, float, str]:
            name = proof.manifest.id
            mentions = len(names & self._words[name])
            return (name != known, -kills[name], -mentions, self._costs.get(name, _UNMEASURED_MS), name)

        return sorted((proof for proof in self._proofs if self.may_notice(proof, mutant)), key=rank)


def _text(proof: Proof) -> str:
    return "\n".join(step.sql for step in proof.script.steps)

"""Everything that one process needs to judge mutants: the model taken apart, the proofs, what earlier runs found."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from leaseproof.database.anatomy import read_anatomy
from leaseproof.database.connection import connect
from leaseproof.database.invariants import load_invariants
from leaseproof.database.run import Run
from leaseproof.proof.manifest import Proof, discover
from leaseproof.proof.runner import run_proof
from leaseproof.proof.shards import COSTS_FILE, read_costs
from leaseproof.proof.strength.cache import Cache, digest_of, world_digest
from leaseproof.proof.strength.examine import Clones, MutantPool, first_problem, judge_mutant
from leaseproof.proof.strength.excuses import FILE, load_excuses
from leaseproof.proof.strength.hints import HINTS, Hints
from leaseproof.proof.strength.kills import Kills
from leaseproof.proof.strength.likelihood import Likelihood, Reach
from leaseproof.proof.strength.mutant import Judged, Mutant, named
from leaseproof.proof.strength.objects import mutants_of_invariants, mutants_of_model
from leaseproof.proof.strength.search import Rivals, model_digest

STEP_TIMEOUT_MS = 5_000  # a mutant may loop for ever: its step is cancelled sooner than a proof's own would be
UNCHANGED = Mutant(kind="none", object="model", change="", statements=())


class Laboratory:
    """What one pytest process needs to judge mutants.

    Args:
        run: the hold on the server.
        root: the project.
        cache: verdicts of earlier runs.
        worker: tells this process's databases from those of others in the run.
        every_rival: ask every proof of another invariant, for each mutant of which that is not known yet.
    """

    def __init__(self, run: Run, root: Path, *, cache: Cache, worker: str, every_rival: bool) -> None:
        proofs, _problems = discover(root / "proofs")
        self.proofs = tuple(
            replace(proof, manifest=replace(proof.manifest, timeout_ms=min(proof.manifest.timeout_ms, STEP_TIMEOUT_MS)))
            for proof in proofs
        )
        self.invariants = load_invariants(root / "sql" / "invariants")
        self._cache = cache
        self.excuses = load_excuses(root / FILE)
        self.clones = Clones(run, label=f"mutant_{worker}")
        database = self.clones.take()
        with connect(run.conninfo(database)) as owner:
            anatomy = read_anatomy(owner)
        self.clones.drop(database)
        self.mutants = named([*mutants_of_model(anatomy), *mutants_of_invariants(self.invariants)])
        self._hints = Hints.read(root / HINTS)
        killers = {**self._hints.killers, **self._cache.killers()}
        costs = read_costs(root / "proofs" / COSTS_FILE)
        costs = {proof.manifest.id: costs[proof.path] for proof in self.proofs if proof.path in costs}
        self.likelihood = Likelihood(self.proofs, self.invariants, Reach(anatomy), costs, killers)
        bodies = {row[0]: row[3] for row in anatomy.functions}
        self.world = world_digest(root / "sql", bodies.values(), run.server.version)
        self.model = model_digest(root / "sql", run.server.version)
        self.digests = {proof.manifest.id: self._digest(proof, bodies) for proof in self.proofs}
        self._every_rival = every_rival
        anew = every_rival and self._hints.search.model != self.model  # then there may be better kills than those known
        known = {} if anew else {**self._hints.kills, **self._cache.kills}
        self._kills = Kills(self.proofs, self.mutants, self.likelihood, known, killers)

    def _digest(self, proof: Proof, bodies: Mapping[str, str]) -> str:
        reached = self.likelihood.reached(proof.manifest.id)
        return digest_of([proof.digest, *(body for name, body in sorted(bodies.items()) if name in reached)])

    @property
    def facts(self) -> dict[str, Any]:
        """Return what the controller has to know of this run, as plain values."""
        return {
            "world": self.world,
            "model": self.model,
            "pairs": {proof.manifest.id: proof.digest for proof in self.proofs},
            "digests": self.digests,
            "invariants": {proof.manifest.id: proof.manifest.invariant for proof in self.proofs},
        }

    def red_on_the_model_itself(self) -> dict[str, str]:
        """Return proof id -> its first problem, for each proof that is red without any mutant.

        Those that are red by what they expect themselves come before those after which a standing invariant does not hold.
        """
        pool = MutantPool(self.clones, self.invariants, UNCHANGED)
        try:
            results = [run_proof(proof, pool) for proof in self.proofs]  # type: ignore[arg-type]
        finally:
            pool.release()
        red = [one for one in results if one.result not in ("passed", "not_applicable")]
        red.sort(key=lambda one: not any(schedule.problems for schedule in one.schedules))
        return {one.id: first_problem(one) for one in red}

    def judge(self, mutant: Mutant) -> Judged:
        """Return the verdict on one mutant, from the cache where it still holds."""
        known = self._cache.verdict(mutant.id, self.world, self.digests)
        if known is not None and not (known["killer"] and known["rival"] is None):
            return Judged(mutant=mutant, cached=True, **known)
        order = self.likelihood.order(mutant)
        if known is not None:
            rivals = self._rivals(mutant, known["killer"], order)
            if not rivals.proofs:
                return Judged(mutant=mutant, cached=True, **{**known, "rival": rivals.otherwise})
        return judge_mutant(
            mutant, order, self.clones, self.invariants, rivals=lambda killer: self._rivals(mutant, killer, order)
        )

    def _rivals(self, mutant: Mutant, killer: str, order: Sequence[Proof]) -> Rivals:
        proof = next(proof for proof in order if proof.manifest.id == killer)
        return self._hints.search.whom_to_ask(mutant.id, proof, order, model=self.model, asking_all=self._every_rival)

    def find_kill(self, proof: Proof) -> Mapping[str, str]:
        """Return a mutant that this proof kills by its own expectations and a proof that misses it, or nothing."""
        known = self._cache.kill(proof.manifest.id, self.world, self.digests)
        return known if known is not None else self._kills.find(proof, self.clones, self.invariants)

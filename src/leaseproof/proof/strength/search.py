"""What only one invariant's proofs kill: a long search, and what stands of it after proofs were added or changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leaseproof.proof.manifest import Proof
from leaseproof.proof.strength.cache import digest_of

_FEW = 10  # changed proofs, which an ordinary run asks about each mutant that one invariant's proofs alone killed so far


@dataclass(frozen=True, kw_only=True)
class Rivals:
    """Whom to ask whether they kill a mutant too, proofs of other invariants than its killer's."""

    proofs: tuple[Proof, ...] = ()
    otherwise: str | None = None  # when none of them does: the id of one that is known to, "" for no other, None: not known


@dataclass(frozen=True, kw_only=True)
class Search:
    """What a search over the whole model found. It says nothing about another model.

    A proof's verdict on a mutant depends on the model and on its own pair, so a new or changed proof leaves standing what
    was found about all others.
    """

    model: str = ""  # of :func:`model_digest`
    proofs: Mapping[str, str] = field(default_factory=dict)  # proof id -> digest of its pair, of all that were asked
    killers: Mapping[str, str] = field(default_factory=dict)  # mutant id -> proof id that killed it first
    rivals: Mapping[str, str] = field(default_factory=dict)  # mutant id -> proof of another invariant that kills it too, or ""

    def whom_to_ask(
        self,
        mutant: str,
        killer: Proof,
        order: Sequence[Proof],
        *,
        model: str,
        asking_all: bool,
    ) -> Rivals:
        """Return whom to ask whether they kill a mutant too, and what is known without asking.

        Args:
            mutant: its id.
            killer: the proof that was seen to kill it.
            order: all proofs that can notice it.
            model: :func:`model_digest` now.
            asking_all: ask as many as it takes; otherwise at most those few that changed since the search.
        """
        side = [proof for proof in order if proof.manifest.invariant == killer.manifest.invariant]
        others = [proof for proof in order if proof.manifest.invariant != killer.manifest.invariant]
        first, rival = self.killers.get(mutant, ""), self.rivals.get(mutant, "")
        if self.model == model and first:
            known = [proof.manifest.id for proof in others if proof.manifest.id in (first, rival) and self._unchanged(proof)]
            if known:
                return Rivals(otherwise=known[0])
            changed = tuple(proof for proof in others if not self._unchanged(proof))
            searched = any(proof.manifest.id == first and self._unchanged(proof) for proof in side)
            if not rival and searched and (asking_all or len(changed) <= _FEW):
                return Rivals(proofs=changed, otherwise="")
        if not asking_all:
            return Rivals()
        return Rivals(proofs=tuple(sorted(others, key=lambda proof: proof.manifest.id not in (first, rival))), otherwise="")

    def _unchanged(self, proof: Proof) -> bool:
        return self.proofs.get(proof.manifest.id) == proof.digest


def model_digest(sql: Path, server_version: int) -> str:
    """Return a digest of the whole model on one major version of the server.

    Args:
        sql: the model's folder.
        server_version: server_version_num.
    """
    texts = (path.read_text(encoding="utf-8") for path in sorted(sql.rglob("*.sql")))
    return digest_of([str(server_version // 10_000), *texts])

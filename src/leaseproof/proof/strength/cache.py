"""Verdicts of earlier runs: a verdict stands while the engine, the proof that gave it and what that proof runs are unchanged."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import leaseproof


@dataclass(kw_only=True)
class Cache:
    """What an earlier run found."""

    world: str = ""  # of :func:`world_digest`
    proofs: Mapping[str, str] = field(default_factory=dict)  # proof id -> digest of its pair and of the bodies that it reaches
    verdicts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # mutant id -> verdict, killer, rival, reason
    kills: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # proof id -> mutant, missed_by

    @classmethod
    def read(cls, path: Path) -> "Cache":
        """Read a cache; one that is missing or broken is empty."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return cls()

    def write(self, path: Path) -> None:
        """Write the cache beside itself first, so that a killed run leaves the old one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.new")
        beside.write_text(json.dumps(vars(self), indent=0, sort_keys=True), encoding="utf-8")
        beside.replace(path)

    def killers(self) -> dict[str, str]:
        """Return mutant id -> killer; only a hint where to look first."""
        return {mutant: str(verdict["killer"]) for mutant, verdict in self.verdicts.items() if verdict["killer"]}

    def verdict(self, mutant: str, world: str, proofs: Mapping[str, str]) -> Mapping[str, Any] | None:
        """Return what still holds of an earlier verdict.

        A killed mutant stays killed while its killer, and all that the killer runs, is what it was. That no proof notices
        it, or none of another invariant, holds only while every proof is what it was.

        Args:
            mutant: its id.
            world: :func:`world_digest` now.
            proofs: proof id -> digest now.
        """
        found = self.verdicts.get(mutant)
        if found is None or self.world != world:
            return None
        if not found["killer"]:
            return found if dict(proofs) == dict(self.proofs) else None
        if not self._unchanged(str(found["killer"]), proofs):
            return None
        rival = found["rival"]
        holds = rival is None or (self._unchanged(rival, proofs) if rival else dict(proofs) == dict(self.proofs))
        return found if holds else None

    def kill(self, proof: str, world: str, proofs: Mapping[str, str]) -> Mapping[str, str] | None:
        """Return the mutant that a proof was seen to kill and who missed it, if that still holds."""
        found = self.kills.get(proof)
        if found is None or self.world != world or not self._unchanged(proof, proofs):
            return None
        return found if not found["missed_by"] or self._unchanged(found["missed_by"], proofs) else None

    def _unchanged(self, proof: str, proofs: Mapping[str, str]) -> bool:
        return proof in proofs and proofs[proof] == self.proofs.get(proof)


def world_digest(sql: Path, bodies: Iterable[str], server_version: int) -> str:
    """Return a digest of all that every verdict depends on: engine, server version, and the model but its function bodies.

    Args:
        sql: the model's folder.
        bodies: of the functions; they count for the proofs that reach them, see :meth:`Cache.verdict`.
        server_version: server_version_num.
    """
    package = Path(leaseproof.__file__).parent
    engine = [*sorted((package / "proof").rglob("*.py")), *sorted((package / "database").rglob("*.py"))]
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(sql.rglob("*.sql"))}
    for name, text in texts.items():
        for body in bodies:
            text = text.replace(f"$${body}$$", "")
        texts[name] = text
    return digest_of([str(server_version), *(part for item in texts.items() for part in item), *(path.read_text() for path in engine)])


def digest_of(texts: Iterable[str]) -> str:
    """Return the SHA-256 of several texts, with their borders."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode() + b"\0")
    return digest.hexdigest()

"""Verdicts of earlier runs: a verdict stands while the model, the engine and the proof that gave it are unchanged."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import leaseproof
from leaseproof.errors import LeaseproofError

HINTS = "proofs/killers.json"


@dataclass(kw_only=True)
class Cache:
    """What an earlier run found."""

    world: str = ""  # digest of model and engine
    proofs: Mapping[str, str] = field(default_factory=dict)  # proof id -> digest of its pair
    verdicts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # mutant id -> verdict, killer, reason
    kills: Mapping[str, str] = field(default_factory=dict)  # proof id -> mutant id

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

        Args:
            mutant: its id.
            world: :func:`world_digest` now.
            proofs: proof id -> digest now.
        """
        found = self.verdicts.get(mutant)
        if found is None or self.world != world:
            return None
        if found["killer"]:
            killer = str(found["killer"])
            return found if killer in proofs and proofs[killer] == self.proofs.get(killer) else None
        return found if dict(proofs) == dict(self.proofs) else None

    def kill(self, proof: str, world: str, proofs: Mapping[str, str]) -> str | None:
        """Return the mutant that a proof was seen to kill, if that still holds."""
        same = self.world == world and proofs[proof] == self.proofs.get(proof)
        return self.kills.get(proof) if same else None


@dataclass(frozen=True, kw_only=True)
class Hints:
    """Who killed what when somebody last wrote it down; says where to look first and decides nothing."""

    killers: Mapping[str, str] = field(default_factory=dict)  # mutant id -> proof id
    kills: Mapping[str, str] = field(default_factory=dict)  # proof id -> mutant id

    @classmethod
    def read(cls, path: Path) -> "Hints":
        """Read the hints of a project; without the file there are none.

        Raises:
            LeaseproofError: the file is there and is none of ours.
        """
        if not path.exists():
            return cls()
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise LeaseproofError(
                f"{path.name}: {error}; expected what proofs.strength --write-hints writes; run it again, or delete the file"
            ) from None

    def write(self, path: Path) -> None:
        """Write the hints, one a line, sorted, so that a change is easy to read."""
        text = json.dumps({"killers": dict(self.killers), "kills": dict(self.kills)}, indent=0, sort_keys=True)
        path.write_text(text + "\n", encoding="utf-8")


def world_digest(sql: Path, server_version: int) -> str:
    """Return a digest of everything but the proofs that decides a verdict: model, engine, server version.

    Args:
        sql: the model's folder.
        server_version: server_version_num.
    """
    package = Path(leaseproof.__file__).parent
    engine = [*sorted((package / "proof").rglob("*.py")), *sorted((package / "database").rglob("*.py"))]
    return _digest([*sorted(sql.rglob("*.sql")), *engine], str(server_version))


def _digest(paths: Iterable[Path], salt: str) -> str:
    digest = hashlib.sha256(salt.encode())
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()

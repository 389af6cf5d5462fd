"""What is kept in the repository of a strength run: where to look first, and what only a long search finds."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leaseproof.errors import LeaseproofError
from leaseproof.proof.strength.cache import digest_of
from leaseproof.proof.strength.report import StrengthReport

HINTS = "proofs/killers.json"


@dataclass(frozen=True, kw_only=True)
class Hints:
    """What a person last wrote down of a run: says where to look first, and what a long search found.

    ``alone`` counts only for the very model and proofs of which ``measured`` is the digest; the rest decides nothing.
    """

    killers: Mapping[str, str] = field(default_factory=dict)  # mutant id -> proof id
    rivals: Mapping[str, str] = field(default_factory=dict)  # mutant id -> id of a proof of another invariant that kills it too
    alone: Sequence[str] = ()  # ids of mutants that only one invariant's proofs kill
    kills: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # proof id -> mutant, missed_by
    measured: str = ""  # of :func:`model_digest`

    @classmethod
    def of(cls, report: StrengthReport, before: "Hints") -> "Hints":
        """Return what is worth writing down of a run.

        Args:
            report: of the run.
            before: what was written down; where this run did not look for rivals, those known are kept.
        """
        killed = {one["id"]: one for one in report.mutants if one["killer"]}
        found = {name: one["rival"] or before.rivals.get(name, "") for name, one in killed.items() if one["rival"] != ""}
        return cls(
            killers={name: one["killer"] for name, one in killed.items()},
            rivals={name: rival for name, rival in found.items() if rival},
            alone=[name for name, one in killed.items() if one["rival"] == ""],
            kills=report.kills,
            measured=report.model,
        )

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
        path.write_text(json.dumps(vars(self), indent=0, sort_keys=True) + "\n", encoding="utf-8")


def model_digest(sql: Path, proofs: Iterable[str]) -> str:
    """Return a digest of the whole model and of all proofs.

    Args:
        sql: the model's folder.
        proofs: digest of each pair.
    """
    return digest_of([*(path.read_text(encoding="utf-8") for path in sorted(sql.rglob("*.sql"))), *sorted(proofs)])

"""What is kept in the repository of a strength run: where to look first, and what only a long search finds."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from leaseproof.errors import LeaseproofError
from leaseproof.proof.strength.report import StrengthReport
from leaseproof.proof.strength.search import Search

HINTS = "proofs/killers.json"


@dataclass(frozen=True, kw_only=True)
class Hints:
    """What a person last wrote down of a run: says where to look first, and what a long search found.

    Only ``search`` is ever quoted, for the model that it is of; the rest decides nothing.
    """

    killers: Mapping[str, str] = field(default_factory=dict)  # mutant id -> proof id
    kills: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # proof id -> mutant, missed_by
    search: Search = field(default_factory=Search)

    @classmethod
    def of(cls, report: StrengthReport, before: "Hints") -> "Hints":
        """Return what is worth writing down of a run.

        Args:
            report: of the run, over the whole model.
            before: what was written down; its search is kept where this run does not know every mutant's rival.
        """
        killed = {one["id"]: one for one in report.mutants if one["killer"]}
        killers = {name: one["killer"] for name, one in killed.items()}
        rivals = {name: one["rival"] for name, one in killed.items()}
        search = Search(model=report.model, proofs=report.pairs, killers=killers, rivals=rivals)
        return cls(killers=killers, kills=report.kills, search=before.search if report.open_rivals else search)

    @classmethod
    def read(cls, path: Path) -> "Hints":
        """Read the hints of a project; without the file there are none.

        Raises:
            LeaseproofError: the file is there and is none of ours.
        """
        if not path.exists():
            return cls()
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            return cls(**{**values, "search": Search(**values["search"])})
        except (ValueError, TypeError, KeyError) as error:
            raise LeaseproofError(
                f"{path.name}: {error}; expected what proofs.strength --write-hints writes; run it again, or delete the file"
            ) from None

    def write(self, path: Path) -> None:
        """Write the hints, one a line, sorted, so that a change is easy to read."""
        path.write_text(json.dumps(asdict(self), indent=0, sort_keys=True) + "\n", encoding="utf-8")

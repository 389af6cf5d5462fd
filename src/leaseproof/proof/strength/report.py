"""What a strength run found: plain values, their JSON, and the page of the bundle."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tabulate import tabulate

from leaseproof.errors import LeaseproofError

_RIVALS = {"": "no other invariant", None: "nobody asked"}
DEFAULT_THRESHOLD_PERCENT = 100.0  # of the mutants that are not excused and not invalid


@dataclass(frozen=True, kw_only=True)
class StrengthReport:
    """One strength run."""

    mutants: Sequence[Mapping[str, Any]] = ()  # id, kind, object, change, verdict, killer, rival, reason; sorted by id
    excused: Mapping[str, str] = field(default_factory=dict)  # mutant id -> reason, of those that exist and survive
    stale: Sequence[str] = ()  # excuses whose mutant is gone, or is killed after all
    kills: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # proof id -> mutant that it kills, missed_by
    decoration: Sequence[str] = ()  # proof ids that kill nothing
    invariants: Mapping[str, str] = field(default_factory=dict)  # proof id -> invariant, of all proofs
    model: str = ""  # digest of the model
    pairs: Mapping[str, str] = field(default_factory=dict)  # proof id -> digest of its pair
    unsound: str = ""  # why no verdict counts: a proof that is red without any mutant
    threshold_percent: float = DEFAULT_THRESHOLD_PERCENT  # the least strength that the project accepts

    @property
    def survivors(self) -> tuple[Mapping[str, Any], ...]:
        """Return the mutants that no proof noticed and nobody excused."""
        return tuple(one for one in self.mutants if one["verdict"] == "survived" and one["id"] not in self.excused)

    @property
    def percent(self) -> float:
        """Return the part of the mutants that proofs killed, of those that could be."""
        counts = Counter(one["verdict"] for one in self.mutants)
        killed = counts["killed"] + counts["timed out"]
        return 100.0 * killed / max(killed + len(self.survivors), 1)

    @property
    def passed(self) -> bool:
        """Return whether the proofs have the teeth that the threshold asks for."""
        holds = self.percent >= self.threshold_percent and not self.unsound
        return bool(self.mutants) and holds and not self.stale and not self.decoration

    @property
    def alone(self) -> dict[str, dict[str, str]]:
        """Return invariant -> id of each mutant that only its proofs kill, and the killer; for every invariant with proofs."""
        found: dict[str, dict[str, str]] = {invariant: {} for invariant in sorted(set(self.invariants.values()))}
        for one in self.mutants:
            if one["killer"] and one["rival"] == "":
                found[self.invariants[one["killer"]]][one["id"]] = one["killer"]
        return found

    @property
    def open_rivals(self) -> int:
        """Return for how many killed mutants nobody asked whether another invariant's proofs kill them too."""
        return sum(bool(one["killer"]) and one["rival"] is None for one in self.mutants)

    def summary(self) -> str:
        """Return the outcome in one sentence."""
        if self.unsound:
            return f"no verdict counts: {self.unsound}"
        counts = Counter(one["verdict"] for one in self.mutants)
        return (
            f"{len(self.mutants)} mutants: {counts['killed']} killed, {counts['timed out']} timed out,"
            f" {len(self.survivors)} survived, {len(self.excused)} excused, {counts['invalid']} invalid;"
            f" strength {self.percent:.1f} % of {self.threshold_percent:.1f} % asked for;"
            f" {len(self.kills)} proofs kill, {len(self.decoration)} kill nothing"
        )

    def to_text(self) -> str:
        """Return the page ``12_proof_strength.txt``."""
        parts = [
            "PROOF STRENGTH",
            self.summary(),
            "Each mutant is one small change of the model. A proof that goes red on it kills it; the first that does is its\n"
            "killer. A mutant that survives is a line of the model that nothing defends.",
            "By class\n" + _count(self.mutants, "kind", self.excused),
            "By object\n" + _count(self.mutants, "object", self.excused),
        ]
        if self.survivors:
            parts.append("Survivors\n" + "\n\n".join(f"{one['id']}\n{one['change']}" for one in self.survivors))
        if self.excused:
            changes = {one["id"]: one["change"] for one in self.mutants}
            texts = [f"{name}\n{changes[name]}\nreason: {reason}" for name, reason in sorted(self.excused.items())]
            parts.append("Excused: they cannot change behaviour\n" + "\n\n".join(texts))
        if self.stale:
            parts.append("Excuses that do not apply any more\n" + "\n".join(self.stale))
        if self.decoration:
            parts.append("Proofs that kill nothing\n" + "\n".join(self.decoration))
        parts.append(self._by_invariant())
        killers = [(one["id"], one["verdict"], one["killer"], _RIVALS.get(one["rival"], one["rival"])) for one in self.mutants if one["killer"]]
        parts.append("Killers\n" + tabulate(killers, headers=["mutant", "verdict", "killer", "killed too by"], tablefmt="plain"))
        kills = [(proof, kill["mutant"], kill["missed_by"] or "nobody asked") for proof, kill in sorted(self.kills.items())]
        parts.append(
            "Each proof, one mutant that it kills by its own expectations, and a proof of another invariant that runs\n"
            "into the same mutant and misses it\n" + tabulate(kills, headers=["proof", "mutant", "missed by"], tablefmt="plain")
        )
        return "\n\n".join(parts) + "\n"

    def _by_invariant(self) -> str:
        """Return, for each invariant, its proofs, what they kill first, and what only they kill."""
        first = Counter(self.invariants.get(one["killer"], "") for one in self.mutants if one["killer"])
        rows = []
        texts = []
        for invariant, only in self.alone.items():
            proofs = sorted(proof for proof, of in self.invariants.items() if of == invariant)
            rows.append((invariant, len(proofs), first[invariant], len(only)))
            lines = [f"  {name}" for name in only] or ["  none"]
            texts.append("\n".join([f"{invariant}: {', '.join(proofs)}", *lines]))
        head = (
            "By invariant: its proofs, the mutants that one of them was the first to kill, and those that only they kill\n"
            "That no proof of another invariant kills a mutant was searched on this very model; of pairs that are new or changed\n"
            "since then, each was asked in this run."
        )
        if self.open_rivals:
            head += (
                f"\nNot counted: {self.open_rivals} mutants for which no other invariant's proof was asked."
                "\nThe long search is invoke proofs.strength --rivals --write-hints."
            )
        table = tabulate(rows, headers=["invariant", "proofs", "first", "only they"], tablefmt="plain")
        return "\n\n".join([f"{head}\n{table}", "Mutants that only one invariant's proofs kill\n" + "\n".join(texts)])

    def write(self, path: Path) -> None:
        """Write the report as JSON, keys and mutants in a fixed order."""
        values = {
            "mutants": list(self.mutants),
            "excused": dict(sorted(self.excused.items())),
            "stale": list(self.stale),
            "kills": dict(sorted(self.kills.items())),
            "decoration": list(self.decoration),
            "invariants": dict(sorted(self.invariants.items())),
            "model": self.model,
            "pairs": dict(sorted(self.pairs.items())),
            "unsound": self.unsound,
            "threshold_percent": self.threshold_percent,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "StrengthReport":
        """Read a report back.

        Raises:
            LeaseproofError: there is none, or it was cut off.
        """
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise LeaseproofError(
                f"got no strength report in {path.name} ({error}); expected the JSON of a finished run;"
                " run invoke proofs.strength"
            ) from None


def _count(mutants: Iterable[Mapping[str, Any]], key: str, excused: Mapping[str, str]) -> str:
    counts: dict[str, Counter[str]] = {}
    for one in mutants:
        verdict = "excused" if one["id"] in excused else one["verdict"]
        counts.setdefault(one[key], Counter())[verdict] += 1
    columns = ["killed", "timed out", "survived", "excused", "invalid"]
    rows = [[name, *(count[column] for column in columns)] for name, count in sorted(counts.items())]
    rows.append(["all", *(sum(count[column] for count in counts.values()) for column in columns)])
    return tabulate(rows, headers=[key, *columns], tablefmt="plain")

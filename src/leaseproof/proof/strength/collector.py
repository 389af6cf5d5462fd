"""What the processes of a strength run found, gathered where it arrives, as report and cache."""

import json
from pathlib import Path
from typing import Any

import pytest

from leaseproof.proof.strength.cache import Cache
from leaseproof.proof.strength.excuses import FILE, load_excuses
from leaseproof.proof.strength.report import StrengthReport

_NAMED = 5  # red proofs that the report names with their reason
_KEPT_EVERY = 25  # verdicts: so many at most are lost when a run is killed


class Collector:
    """Gathers what the items found, on the controller, and writes report and cache.

    Args:
        config: pytest's.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._facts: dict[str, Any] = {}
        self._judged: dict[str, dict[str, Any]] = {}
        self._kills: dict[str, dict[str, str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what an item recorded."""
        if report.when != "call":
            return
        for name, value in report.user_properties:
            found = json.loads(str(value))
            if name == "model":
                self._facts = found
            elif name == "judged":
                self._judged[found["id"]] = found
                if len(self._judged) % _KEPT_EVERY == 0:
                    self._keep()
            elif name == "kills":
                self._kills[found["proof"]] = found["kill"]

    def pytest_sessionfinish(self) -> None:
        """Write the report and, after a whole run, the cache."""
        target = self._config.getoption("--leaseproof-strength")
        if not target or not (self._facts or self._judged):
            return
        self._report().write(Path(target))
        self._keep()

    def _keep(self) -> None:
        """Write the cache, of a run over the whole of a sound model: what was found so far stays when the run is killed."""
        cache = self._config.getoption("--leaseproof-strength-cache")
        if cache and not self._config.getoption("--leaseproof-strength-object") and not self._unsound():
            self._cache(Cache.read(Path(cache))).write(Path(cache))

    def _report(self) -> StrengthReport:
        judged = dict(sorted(self._judged.items()))
        excuses = load_excuses(Path(self._config.rootpath) / FILE)
        survived = {name for name, values in judged.items() if values["verdict"] == "survived"}
        whole = not self._config.getoption("--leaseproof-strength-object")
        return StrengthReport(
            mutants=list(judged.values()),
            excused={excuse.mutant: excuse.reason for excuse in excuses if excuse.mutant in survived},
            stale=[excuse.mutant for excuse in excuses if excuse.mutant not in survived] if whole else [],
            kills={proof: kill for proof, kill in self._kills.items() if kill},
            decoration=sorted(proof for proof, kill in self._kills.items() if not kill),
            invariants=self._facts.get("invariants", {}),
            model=self._facts.get("model", ""),
            pairs=self._facts.get("pairs", {}),
            unsound=self._unsound(),
        )

    def _unsound(self) -> str:
        if not self._facts:
            return "the model as it is was not proved in this run"
        red = self._facts["red"]
        if not red:
            return ""
        named = "; ".join(f"{proof}: {problem}" for proof, problem in list(red.items())[:_NAMED])
        more = f"; and {len(red) - _NAMED} more" if len(red) > _NAMED else ""
        return f"{len(red)} proofs are red on the model as it is: {named}{more}"

    def _cache(self, before: Cache) -> Cache:
        kept = ("verdict", "killer", "rival", "reason")
        world, proofs = self._facts["world"], self._facts["digests"]
        holds = before.world == world and before.proofs == proofs
        verdicts = {name: {key: values[key] for key in kept} for name, values in self._judged.items()}
        kills = {proof: kill for proof, kill in self._kills.items() if kill}
        return Cache(
            world=world,
            proofs=proofs,
            verdicts={**(before.verdicts if holds else {}), **verdicts},
            kills={**(before.kills if holds else {}), **kills},
        )

"""The pytest plugin of `invoke proofs.strength`: each mutant an item, each proof an item, so that xdist spreads them.

Loaded with ``-p`` and the model's folder as the only argument; it is not part of an ordinary test run.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leaseproof.database.anatomy import read_anatomy
from leaseproof.database.connection import connect
from leaseproof.database.invariants import load_invariants
from leaseproof.proof import session_run
from leaseproof.proof.manifest import Proof, discover
from leaseproof.proof.shards import COSTS_FILE, read_costs
from leaseproof.proof.strength.cache import Cache, digest_of, world_digest
from leaseproof.proof.strength.examine import Clones, Rivals, judge_mutant
from leaseproof.proof.strength.excuses import FILE, load_excuses
from leaseproof.proof.strength.hints import HINTS, Hints, model_digest
from leaseproof.proof.strength.kills import Kills
from leaseproof.proof.strength.likelihood import Likelihood, Reach
from leaseproof.proof.strength.mutant import Judged, Mutant
from leaseproof.proof.strength.objects import mutants_of_model
from leaseproof.proof.strength.report import StrengthReport

STEP_TIMEOUT_MS = 5_000  # a mutant may loop for ever: its step is cancelled sooner than a proof's own would be
UNCHANGED = Mutant(id="unchanged-model", kind="none", object="model", change="", statements=())


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that the task passes."""
    group = parser.getgroup("leaseproof strength")
    group.addoption("--leaseproof-strength", metavar="FILE", help="write the report there as JSON")
    group.addoption("--leaseproof-strength-cache", metavar="FILE", help="verdicts of earlier runs")
    group.addoption("--leaseproof-strength-rivals", action="store_true", help="for each mutant, ask every proof of another invariant")
    group.addoption("--leaseproof-strength-object", metavar="NAME", help="only mutants of this object")


class Laboratory:
    """What one pytest process needs to judge mutants.

    Args:
        config: pytest's.
    """

    def __init__(self, config: pytest.Config) -> None:
        run = session_run.run_of(config)
        root = Path(config.rootpath)
        proofs, _problems = discover(root / "proofs")
        self.proofs = tuple(
            replace(proof, manifest=replace(proof.manifest, timeout_ms=min(proof.manifest.timeout_ms, STEP_TIMEOUT_MS)))
            for proof in proofs
        )
        self.invariants = load_invariants(root / "sql" / "invariants")
        self.cache = Cache.read(Path(config.getoption("--leaseproof-strength-cache") or ""))
        self.excuses = load_excuses(root / FILE)
        worker = getattr(config, "workerinput", {}).get("workerid", "main")
        self.clones = Clones(run, label=f"mutant_{worker}")
        database = self.clones.take()
        with connect(run.conninfo(database)) as owner:
            anatomy = read_anatomy(owner)
        self.clones.drop(database)
        self.mutants = mutants_of_model(anatomy)
        self._hints = Hints.read(root / HINTS)
        killers = {**self._hints.killers, **self.cache.killers()}
        costs = read_costs(root / "proofs" / COSTS_FILE)
        costs = {proof.manifest.id: costs[proof.path] for proof in self.proofs if proof.path in costs}
        self.likelihood = Likelihood(self.proofs, self.invariants, Reach(anatomy), costs, killers)
        bodies = {row[0]: row[3] for row in anatomy.functions}
        self.world = world_digest(root / "sql", bodies.values(), run.server.version)
        self.model = model_digest(root / "sql", (proof.digest for proof in self.proofs))
        self.digests = {proof.manifest.id: self._digest(proof, bodies) for proof in self.proofs}
        self._every_rival = bool(config.getoption("--leaseproof-strength-rivals"))
        self._kills = Kills(self.proofs, self.mutants, self.likelihood, {**self._hints.kills, **self.cache.kills}, killers)

    def _digest(self, proof: Proof, bodies: Mapping[str, str]) -> str:
        reached = self.likelihood.reached(proof.manifest.id)
        return digest_of([proof.digest, *(body for name, body in sorted(bodies.items()) if name in reached)])

    def judge(self, mutant: Mutant) -> Judged:
        """Return the verdict on one mutant, from the cache where it still holds."""
        known = self.cache.verdict(mutant.id, self.world, self.digests)
        if known is not None and not (self._every_rival and known["killer"] and known["rival"] is None):
            return Judged(mutant=mutant, cached=True, **known)
        order = self.likelihood.order(mutant)
        judged = judge_mutant(
            mutant, order, self.clones, self.invariants, rivals=lambda killer: self._rivals(mutant, killer, order)
        )
        alone = judged.rival is None and self._hints.measured == self.model and mutant.id in self._hints.alone
        return replace(judged, rival="") if alone else judged

    def _rivals(self, mutant: Mutant, killer: Proof, order: Sequence[Proof]) -> Rivals:
        """Return whom to ask: everybody when the whole search was asked for, otherwise who was written down."""
        others = [proof for proof in order if proof.manifest.invariant != killer.manifest.invariant]
        others.sort(key=lambda proof: proof.manifest.id != self._hints.rivals.get(mutant.id))
        if self._every_rival:
            return Rivals(proofs=others, complete=True)
        return Rivals(proofs=[proof for proof in others[:1] if proof.manifest.id == self._hints.rivals.get(mutant.id)])

    def find_kill(self, proof: Proof) -> Mapping[str, str]:
        """Return a mutant that this proof kills by its own expectations and a proof that misses it, or nothing."""
        known = self.cache.kill(proof.manifest.id, self.world, self.digests)
        return known if known is not None else self._kills.find(proof, self.clones, self.invariants)


LABORATORY = pytest.StashKey[Laboratory]()


def laboratory(config: pytest.Config) -> Laboratory:
    """Return this process's laboratory, made when it is first asked for."""
    if LABORATORY not in config.stash:
        config.stash[LABORATORY] = Laboratory(config)
    return config.stash[LABORATORY]


class ModelDirectory(pytest.Directory):
    """The model's folder, as a collection of mutants and of the proofs that must kill one."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the unchanged model first, then every mutant, then every proof."""
        found = laboratory(self.config)
        only = self.config.getoption("--leaseproof-strength-object")
        yield MutantItem.from_parent(self, name=UNCHANGED.id, mutant=UNCHANGED)
        for mutant in found.mutants:
            if not only or mutant.object == only:
                yield MutantItem.from_parent(self, name=mutant.id, mutant=mutant)
        for proof in found.proofs if not only else ():
            yield ProofItem.from_parent(self, name=f"proof/{proof.manifest.id}", proof=proof)


class Survived(Exception):
    """A mutant that no proof noticed, or a proof that notices none."""


class _Item(pytest.Item):
    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show a survivor as its change; anything else as pytest does."""
        if isinstance(excinfo.value, Survived):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Say where the item is from."""
        return self.path, None, self.name


class MutantItem(_Item):
    """One mutant: passes when a proof kills it, or when a reviewed reason says why none can."""

    def __init__(self, *, mutant: Mutant, **options: Any) -> None:
        super().__init__(**options)
        self._mutant = mutant

    def runtest(self) -> None:
        """Judge the mutant."""
        found = laboratory(self.config)
        judged = found.judge(self._mutant)
        self.user_properties.append(("judged", json.dumps(_values(judged))))
        if self._mutant is UNCHANGED:
            if judged.verdict != "survived":
                raise Survived(f"proof {judged.killer} is red on the unchanged model: {judged.reason}")
        elif judged.verdict == "survived" and self._mutant.id not in {excuse.mutant for excuse in found.excuses}:
            raise Survived(
                f"{self._mutant.id} survived {judged.proofs_run} proofs.\n{self._mutant.change}\n"
                f"Write the proof that notices it, or say in {FILE} why none can."
            )


class ProofItem(_Item):
    """One proof: passes when there is a mutant that it kills."""

    def __init__(self, *, proof: Proof, **options: Any) -> None:
        super().__init__(**options)
        self._proof = proof

    def runtest(self) -> None:
        """Find a mutant that the proof kills."""
        kill = laboratory(self.config).find_kill(self._proof)
        self.user_properties.append(("kills", json.dumps([self._proof.manifest.id, dict(kill)])))
        if not kill:
            raise Survived(f"{self._proof.path} kills no mutant: it is decoration. Sharpen it or remove it.")


def _values(judged: Judged) -> dict[str, Any]:
    mutant = judged.mutant
    values = {"id": mutant.id, "kind": mutant.kind, "object": mutant.object, "change": mutant.change}
    return {**values, "verdict": judged.verdict, "killer": judged.killer, "rival": judged.rival, "reason": judged.reason}


class Collector:
    """Gathers what the items found, on the controller, and writes report and cache.

    Args:
        config: pytest's.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._judged: dict[str, dict[str, Any]] = {}
        self._kills: dict[str, dict[str, str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what an item recorded."""
        if report.when != "call":
            return
        for name, value in report.user_properties:
            if name == "judged":
                values = json.loads(str(value))
                self._judged[values["id"]] = values
            elif name == "kills":
                proof, kill = json.loads(str(value))
                self._kills[proof] = kill

    def pytest_sessionfinish(self) -> None:
        """Write the report and, after a whole run, the cache."""
        target = self._config.getoption("--leaseproof-strength")
        if target and self._judged:
            report = self._report()
            report.write(Path(target))
            cache = self._config.getoption("--leaseproof-strength-cache")
            if cache and not self._config.getoption("--leaseproof-strength-object") and not report.unsound:
                self._cache().write(Path(cache))

    def _report(self) -> StrengthReport:
        judged = {name: values for name, values in sorted(self._judged.items()) if name != UNCHANGED.id}
        unchanged = self._judged.get(UNCHANGED.id)
        excuses = load_excuses(Path(self._config.rootpath) / FILE)
        survived = {name for name, values in judged.items() if values["verdict"] == "survived"}
        whole = not self._config.getoption("--leaseproof-strength-object")
        return StrengthReport(
            mutants=list(judged.values()),
            excused={excuse.mutant: excuse.reason for excuse in excuses if excuse.mutant in survived},
            stale=[excuse.mutant for excuse in excuses if excuse.mutant not in survived] if whole else [],
            kills={proof: kill for proof, kill in self._kills.items() if kill},
            decoration=sorted(proof for proof, kill in self._kills.items() if not kill),
            invariants={proof.manifest.id: proof.manifest.invariant for proof in laboratory(self._config).proofs},
            model=laboratory(self._config).model,
            unsound=self._unsound(unchanged),
        )

    def _unsound(self, unchanged: Mapping[str, Any] | None) -> str:
        if unchanged is None:
            return "the unchanged model was not proved in this run"
        if unchanged["verdict"] != "survived":
            return f"proof {unchanged['killer']} is red on the unchanged model: {unchanged['reason']}"
        return ""

    def _cache(self) -> Cache:
        found = laboratory(self._config)
        kept = ("verdict", "killer", "rival", "reason")
        return Cache(
            world=found.world,
            proofs=found.digests,
            verdicts={name: {key: values[key] for key in kept} for name, values in self._judged.items()},
            kills={proof: kill for proof, kill in self._kills.items() if kill},
        )


def pytest_configure(config: pytest.Config) -> None:
    """Gather results where they arrive: on the controller, or in the only process."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Collector(config), "leaseproof-strength-collector")


@pytest.hookimpl(tryfirst=True)
def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take the model's folder as a collection of mutants."""
    if path == Path(parent.config.rootpath) / "sql":
        return ModelDirectory.from_parent(parent, path=path)
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Drop what was made ahead, before the run ends."""
    found = config.stash.get(LABORATORY, None)
    if found is not None:
        found.clones.close()

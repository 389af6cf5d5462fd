"""The pytest plugin of `invoke proofs.strength`: each mutant an item, each proof an item, so that xdist spreads them.

Loaded with ``-p`` and the model's folder as the only argument; it is not part of an ordinary test run.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leaseproof.proof import session_run
from leaseproof.proof.manifest import Proof
from leaseproof.proof.strength.cache import Cache
from leaseproof.proof.strength.collector import Collector
from leaseproof.proof.strength.excuses import FILE
from leaseproof.proof.strength.laboratory import Laboratory
from leaseproof.proof.strength.mutant import Judged, Mutant


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that the task passes."""
    group = parser.getgroup("leaseproof strength")
    group.addoption("--leaseproof-strength", metavar="FILE", help="write the report there as JSON")
    group.addoption("--leaseproof-strength-cache", metavar="FILE", help="verdicts of earlier runs")
    group.addoption("--leaseproof-strength-rivals", action="store_true", help="for each mutant, ask every proof of another invariant")
    group.addoption("--leaseproof-strength-object", metavar="NAME", help="only mutants of this object")


LABORATORY = pytest.StashKey[Laboratory]()


def laboratory(config: pytest.Config) -> Laboratory:
    """Return this process's laboratory, made when it is first asked for."""
    if LABORATORY not in config.stash:
        config.stash[LABORATORY] = Laboratory(
            session_run.run_of(config),
            Path(config.rootpath),
            cache=Cache.read(Path(config.getoption("--leaseproof-strength-cache") or "")),
            worker=getattr(config, "workerinput", {}).get("workerid", "main"),
            every_rival=bool(config.getoption("--leaseproof-strength-rivals")),
        )
    return config.stash[LABORATORY]


class ModelDirectory(pytest.Directory):
    """The model's folder, as a collection of mutants and of the proofs that must kill one."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the model as it is first, then every mutant, then every proof."""
        found = laboratory(self.config)
        only = self.config.getoption("--leaseproof-strength-object")
        yield ModelItem.from_parent(self, name="the-model-as-it-is")
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


class ModelItem(_Item):
    """The model without any mutant: passes when every proof does, for otherwise no verdict counts."""

    def runtest(self) -> None:
        """Run every proof on it."""
        found = laboratory(self.config)
        red = found.red_on_the_model_itself()
        self.user_properties.append(("model", json.dumps({**found.facts, "red": red})))
        if red:
            self.session.shouldstop = "no verdict counts where a proof is red on the model as it is"
            raise Survived("\n".join(f"proof {proof} is red on the model as it is: {problem}" for proof, problem in red.items()))


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
        if judged.verdict == "survived" and self._mutant.id not in {excuse.mutant for excuse in found.excuses}:
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
        self.user_properties.append(("kills", json.dumps({"proof": self._proof.manifest.id, "kill": dict(kill)})))
        if not kill:
            raise Survived(f"{self._proof.path} kills no mutant: it is decoration. Sharpen it or remove it.")


def _values(judged: Judged) -> dict[str, Any]:
    mutant = judged.mutant
    values = {"id": mutant.id, "kind": mutant.kind, "object": mutant.object, "change": mutant.change}
    return {**values, "verdict": judged.verdict, "killer": judged.killer, "rival": judged.rival, "reason": judged.reason}


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

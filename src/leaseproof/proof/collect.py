"""Proofs as pytest sees them: a file, one item, a report that carries the result to its writer."""

import json
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from leaseproof.database.invariants import load_invariants
from leaseproof.errors import LeaseproofError
from leaseproof.proof import session_run, shards
from leaseproof.proof.failure import failure_text
from leaseproof.proof.manifest import Proof, load_proof
from leaseproof.proof.outcome import ProofResult
from leaseproof.proof.pool import Pool
from leaseproof.proof.runner import run_proof

RESULT = "leaseproof_result"  # attribute of a report


class ProofFailed(Exception):
    """A proof that is red; its text is all that pytest shows."""


class Proofs:
    """One pytest process's share of the proofs.

    Args:
        config: pytest's.
        folder: of the proofs.
    """

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        self._config = config
        self._folder = folder
        self._pool: Pool | None = None
        self._ids: dict[str, str] = {}  # proof id -> path of the file that has it
        self._results: dict[str, dict[str, Any]] = {}  # path -> result as JSON
        self._is_worker = hasattr(config, "workerinput")
        for invariant in sorted(path.name for path in folder.glob("*/")) if folder.is_dir() else ():
            self._mark(invariant)

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Take each pair by its SQL file; a manifest alone is taken too, to say what is missing."""
        if self._folder not in file_path.parents:
            return None
        lone_manifest = file_path.suffix == ".toml" and not file_path.with_suffix(".sql").exists()
        if file_path.suffix == ".sql" or lone_manifest:
            node: ProofFile = ProofFile.from_parent(parent, path=file_path)
            node.proofs = self
            return node
        return None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep this shard's proofs."""
        text = config.getoption("leaseproof_shard")
        if not text:
            return
        try:
            index, count = shards.parse_shard(text)
            costs = shards.read_costs(self._folder / shards.COSTS_FILE)
        except LeaseproofError as error:
            raise pytest.UsageError(str(error)) from None
        assigned = shards.assign(
            [item.proof.path for item in items if isinstance(item, ProofItem)], costs, count
        )
        others = [
            item for item in items if isinstance(item, ProofItem) and assigned[item.proof.path] != index
        ]
        if others:
            config.hook.pytest_deselected(items=others)
            items[:] = [item for item in items if item not in others]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the result that a report carries."""
        if (result := getattr(report, RESULT, None)) is not None:
            self._results[result["path"]] = result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put a proof's result on the report of its call: so it gets from a worker to the controller."""
        report = yield
        if isinstance(item, ProofItem) and item.result is not None and report.when == "call":
            setattr(report, RESULT, json.loads(json.dumps(item.result.to_json())))
        return report

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say which proofs ran a sample only, with the seed that draws it again."""
        sampled = [result for _, result in sorted(self._results.items()) if "seed" in result["reason"]]
        if sampled:
            terminalreporter.section("sampled proofs")
            for result in sampled:
                terminalreporter.write_line(f"{result['path']}: {result['reason']}")

    def pytest_sessionfinish(self) -> None:
        """Drop this process's databases; the controller writes the results."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None
        target = self._config.getoption("leaseproof_results")
        if target and not self._is_worker:
            results = [result for _, result in sorted(self._results.items())]
            Path(target).write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")

    def load(self, path: Path) -> Proof:
        """Read a pair and refuse an id that another file has.

        Raises:
            ProofFileError: the pair is not sound.
            LeaseproofError: the id is taken.
        """
        proof = load_proof(path, self._config.rootpath)
        first = self._ids.setdefault(proof.manifest.id, proof.path)
        if first != proof.path:
            raise LeaseproofError(
                f"{proof.path}: got id {proof.manifest.id!r}, which {first} has too; expected an id of"
                " its own; choose the next free one"
            )
        self._mark(proof.manifest.invariant)
        return proof

    def pool(self) -> Pool:
        """Return this process's databases; the first call joins or opens the run."""
        if self._pool is None:
            run = session_run.run_of(self._config)
            model = self._config.rootpath / self._config.getoption("leaseproof_sql")
            worker = getattr(self._config, "workerinput", {}).get("workerid", "main")
            self._pool = Pool(
                run,
                load_invariants(model / "invariants"),
                label=f"proof_{worker}_{os.getpid()}",
                template=run.template(model),
            )
        return self._pool

    def _mark(self, invariant: str) -> None:
        self._config.addinivalue_line("markers", f"{invariant}: proofs of the invariant {invariant}")


class ProofFile(pytest.File):
    """One pair of files, or what is left of one."""

    proofs: Proofs

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the pair's one item."""
        proof = self.proofs.load(self.path.with_suffix(".sql"))
        item = ProofItem.from_parent(self, name=self.path.stem)
        item.proof = proof
        item.proofs = self.proofs
        item.add_marker("proof")
        item.add_marker(proof.manifest.invariant)
        item.user_properties += [("proof_id", proof.manifest.id), ("invariant", proof.manifest.invariant)]
        yield item

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show our own errors as the sentence that they are."""
        if isinstance(excinfo.value, LeaseproofError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)


class ProofItem(pytest.Item):
    """One proof."""

    proof: Proof
    proofs: Proofs
    result: ProofResult | None = None

    def setup(self) -> None:
        """Have a database, so that the first proof of a process does not look slow."""
        _ = self.proofs.pool().current

    def runtest(self) -> None:
        """Run the proof; red, skipped or nothing."""
        self.result = run_proof(self.proof, self.proofs.pool())
        if self.result.result == "not_applicable":
            pytest.skip(self.result.reason)
        if self.result.result != "passed":
            raise ProofFailed(failure_text(self.proof, self.result))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show a red proof in its own words."""
        if isinstance(excinfo.value, (ProofFailed, LeaseproofError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return the place and the name that pytest prints."""
        return self.path, 0, self.name

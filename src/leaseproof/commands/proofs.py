"""Proofs: run, list, scaffold, record, replay."""

import json
import tempfile
from fnmatch import fnmatch
from pathlib import Path

from invoke import Context, Exit

from leaseproof.commands.context import command, environment_of, settings_from_environment, worker_count
from leaseproof.errors import LeaseproofError
from leaseproof.proof import shards
from leaseproof.proof.pytest_process import NOTHING_COLLECTED, run_pytest

FOLDER = "proofs"


@command(
    default=True,
    help={
        "name": "only proofs whose path below proofs/, name or id fits, as 'fencing/*' or '*stale*'",
        "workers": "parallel processes; default one a core",
        "db_url": "PostgreSQL to use instead of OUTBOX_EVIDENCE_DB_URL or the private one",
        "shard": "I/N: the I-th of N parts of about equal cost",
        "failed_first": "those that failed last time first",
        "write_costs": f"record what each proof took in {FOLDER}/{shards.COSTS_FILE}, for --shard",
    },
)
def run(
    _context: Context,
    name: str = "",
    workers: int = 0,
    db_url: str = "",
    shard: str = "",
    failed_first: bool = False,
    write_costs: bool = False,
) -> None:
    """Run the proofs in parallel against the database."""
    settings = settings_from_environment(db_url or None)
    environment = environment_of(settings)
    with tempfile.TemporaryDirectory(prefix="leaseproof-") as folder:
        results = Path(folder) / "results.json"
        arguments = [*_selected(settings.root, name), f"--leaseproof-results={results}", *_parallel(workers)]
        if shard:
            shards.parse_shard(shard)
            arguments.append(f"--leaseproof-shard={shard}")
        if failed_first:
            arguments.append("--failed-first")
        code = run_pytest(arguments, root=settings.root, environment=environment)
        if write_costs and results.is_file():
            _record_costs(results, settings.root)
    if code == NOTHING_COLLECTED:
        raise LeaseproofError(
            f"got no proof; expected at least one pair below {FOLDER}/;"
            " make one with: ./scripts/invoke proofs.new NAME"
        )
    if code:
        raise Exit(code=code)


def _parallel(workers: int) -> list[str]:
    """Return pytest's arguments for so many processes."""
    count = worker_count(workers)
    return ["-p", "no:xdist"] if count == 1 else [f"--numprocesses={count}", "--dist=worksteal"]


def _selected(root: Path, pattern: str) -> list[str]:
    """Return what pytest has to collect for a pattern."""
    if not pattern:
        return [FOLDER]
    folder = root / FOLDER
    found = [path for path in sorted(folder.rglob("*.sql")) if _fits(path, folder, pattern)]
    if not found:
        raise LeaseproofError(
            f"got the pattern {pattern!r}, which fits no proof; expected a path below {FOLDER}/, a file"
            " name or an id; see them with: ./scripts/invoke proofs.list"
        )
    return [path.relative_to(root).as_posix() for path in found]


def _fits(path: Path, folder: Path, pattern: str) -> bool:
    names = {path.stem, path.relative_to(folder).with_suffix("").as_posix()}
    manifest = path.with_suffix(".toml")
    if manifest.is_file():
        first = [line for line in manifest.read_text(encoding="utf-8", errors="replace").splitlines() if line.startswith("id")]
        names |= {line.partition("=")[2].strip().strip("\"'") for line in first[:1]}
    return any(fnmatch(each, pattern.removesuffix(".sql")) for each in names)


def _record_costs(results: Path, root: Path) -> None:
    """Write down what each proof took; what this run left out keeps the cost of an earlier one."""
    target = root / FOLDER / shards.COSTS_FILE
    known = {path: cost for path, cost in shards.read_costs(target).items() if (root / path).is_file()}
    measured = {each["path"]: each["duration_ms"] for each in json.loads(results.read_text(encoding="utf-8"))}
    shards.write_costs(target, {**known, **measured})

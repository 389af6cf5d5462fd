"""Runs the strength plugin in a pytest of its own and returns what it found."""

from collections.abc import Mapping
from pathlib import Path

from leaseproof.errors import LeaseproofError
from leaseproof.proof.pytest_process import run_pytest
from leaseproof.proof.strength.report import StrengthReport

PLUGIN = "leaseproof.proof.strength.plugin"
CACHE = ".leaseproof/strength-cache.json"


def run_strength(
    root: Path, target: Path, *, environment: Mapping[str, str], workers: int, only: str = "", fresh: bool = False
) -> StrengthReport:
    """Judge every mutant of the model and return the report.

    Args:
        root: the project.
        target: where the report's JSON goes.
        environment: of the pytest process; names the server as for any run of proofs.
        workers: processes.
        only: mutants of this object alone; nothing is cached then.
        fresh: look at no verdict of an earlier run.

    Raises:
        LeaseproofError: pytest ended without a report.
    """
    cache = root / CACHE
    if fresh:
        cache.unlink(missing_ok=True)
    target.unlink(missing_ok=True)
    arguments = ["-p", PLUGIN, "sql", f"--leaseproof-strength={target}", f"--leaseproof-strength-cache={cache}", "-q", "--tb=short"]
    if only:
        arguments.append(f"--leaseproof-strength-object={only}")
    arguments += ["-p", "no:xdist"] if workers == 1 else [f"--numprocesses={workers}", "--dist=worksteal"]
    code = run_pytest(arguments, root=root, environment=dict(environment))
    if not target.exists():
        raise LeaseproofError(f"got no strength report, pytest ended with {code}; expected one; its own words are above")
    return StrengthReport.read(target)

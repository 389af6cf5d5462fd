"""Runs the strength plugin in a pytest of its own and returns what it found."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from leaseproof.errors import LeaseproofError
from leaseproof.proof.pytest_process import run_pytest
from leaseproof.proof.strength.report import DEFAULT_THRESHOLD_PERCENT, StrengthReport

PLUGIN = "leaseproof.proof.strength.plugin"
CACHE = ".leaseproof/strength-cache.json"


def run_strength(
    root: Path,
    target: Path,
    *,
    environment: Mapping[str, str],
    workers: int,
    only: str = "",
    fresh: bool = False,
    rivals: bool = False,
) -> StrengthReport:
    """Judge every mutant of the model and return the report.

    Args:
        root: the project.
        target: where the report's JSON goes.
        environment: of the pytest process; names the server as for any run of proofs.
        workers: processes.
        only: mutants of this object alone; nothing is cached then.
        fresh: look at no verdict of an earlier run.
        rivals: ask every proof of another invariant whether it kills a mutant too, where that is not known yet.

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
    if rivals:
        arguments.append("--leaseproof-strength-rivals")
    arguments += ["-p", "no:xdist"] if workers == 1 else [f"--numprocesses={workers}", "--dist=worksteal"]
    code = run_pytest(arguments, root=root, environment=dict(environment))
    if not target.exists():
        raise LeaseproofError(f"got no strength report, pytest ended with {code}; expected one; its own words are above")
    return replace(StrengthReport.read(target), threshold_percent=threshold_percent(root))


def threshold_percent(root: Path) -> float:
    """Return the least strength that a project accepts: ``threshold_percent`` of ``[tool.leaseproof.strength]``.

    Args:
        root: the project; without a pyproject.toml, or without the section, it is 100.

    Raises:
        LeaseproofError: the section has another key, or a number that is no percentage.
    """
    path = root / "pyproject.toml"
    if not path.is_file():
        return DEFAULT_THRESHOLD_PERCENT
    section = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("leaseproof", {}).get("strength", {})
    value = section.get("threshold_percent", DEFAULT_THRESHOLD_PERCENT)
    if set(section) - {"threshold_percent"} or not isinstance(value, int | float) or not 0 < value <= 100:
        raise LeaseproofError(
            f"[tool.leaseproof.strength] in pyproject.toml: got {section}; expected threshold_percent above 0 and up to 100"
        )
    return float(value)

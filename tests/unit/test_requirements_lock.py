"""The lock of ./scripts/invoke: complete, hashed, and tied to no package index."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements.lock"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def entries() -> dict[str, str]:
    """Return the lock's text for each package, by normalized name."""
    lines = [line for line in LOCK.read_text().splitlines() if not line.startswith("#")]
    found = re.split(r"\n(?=\S)", "\n".join(lines).strip())
    return {normalized(text): text for text in found}


def normalized(requirement: str) -> str:
    """Return the package name of a requirement as indexes compare it."""
    match = NAME.match(requirement)
    assert match, f"no package name in {requirement!r}"
    return re.sub(r"[-_.]+", "-", match[0]).lower()


def wanted(requirements: list[str], extras: dict[str, list[str]]) -> Iterator[str]:
    """Yield the names behind requirements, the project's own extras opened."""
    for requirement in requirements:
        own = re.fullmatch(r"leaseproof\[(.*)\]", requirement)
        if own:
            for extra in own[1].split(","):
                yield from wanted(extras[extra.strip()], extras)
        else:
            yield normalized(requirement)


def test_lock_pins_and_hashes_every_package() -> None:
    """Each entry is one exact version with at least one SHA-256, as pip demands with --require-hashes."""
    incomplete = [
        name
        for name, text in entries().items()
        if not re.match(r"\S+==\S+", text) or not re.search(r"--hash=sha256:[0-9a-f]{64}\b", text)
    ]
    assert incomplete == []


def test_lock_covers_what_the_project_needs() -> None:
    """Nothing that pyproject.toml asks for is left to chance."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    needed = {*wanted(project["project"]["dependencies"], extras), *wanted(extras["dev"], extras)}
    needed |= {normalized(requirement) for requirement in project["build-system"]["requires"]}
    assert needed - entries().keys() == set()


def test_lock_names_no_host() -> None:
    """The machine's own settings say where packages come from."""
    assert re.findall(r"\w+://\S+|--(?:extra-)?index-url|--find-links", LOCK.read_text()) == []

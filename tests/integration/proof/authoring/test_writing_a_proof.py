"""docs/writing-a-proof.md is true: its files are sound and green, its commands print what it shows."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from leaseproof.proof.manifest import discover
from leaseproof.proof.pool import Pool
from leaseproof.proof.runner import run_proof

PAGE = Path(__file__).parents[4] / "docs" / "writing-a-proof.md"
FENCE = re.compile(r"^```(\w*) ?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """One fenced block of the page."""

    language: str
    path: str
    text: str


def pattern(expected: str) -> str:
    """Return a regular expression for shown output, where ... stands for anything."""
    return r"[\s\S]*?".join(re.escape(part) for part in expected.split("..."))


def test_every_block_of_the_page_is_run_in_order(
    project: Path, invoke: Callable[..., "subprocess.CompletedProcess[str]"], model_pool: Pool
) -> None:
    """Files are written where the page says, commands print what it shows, all pairs are green."""
    commands = 0
    for block in (Block(*found) for found in FENCE.findall(PAGE.read_text())):
        if block.language in ("sql", "toml"):
            path = project / block.path
            path.parent.mkdir(exist_ok=True)
            path.write_text(block.text)
            continue
        assert block.language == "console", f"no test runs a block of {block.language!r}"
        command, _, output = block.text.partition("\n")
        answer = invoke(*command.removeprefix("$ ./scripts/invoke ").split())
        assert re.fullmatch(pattern(output), answer.stdout), answer.stdout
        commands += 1
    assert commands == 4
    proofs, problems = discover(project / "proofs")
    assert problems == ()
    assert len(proofs) == 6
    results = [run_proof(proof, model_pool) for proof in proofs]
    assert [(result.path, result.result) for result in results if result.result != "passed"] == []

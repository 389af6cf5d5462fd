"""Splits proofs over machines: each proof in exactly one shard, the shards about equally long."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from leaseproof.errors import LeaseproofError

COSTS_FILE = (
    "costs.json"  # beside the proofs: path of the SQL file -> milliseconds, as an earlier run took them
)
UNKNOWN_COST_MS = 1.0  # when no proof has a recorded cost, all count the same


def parse_shard(text: str) -> tuple[int, int]:
    """Return index and count of ``I/N``, I from 1 to N.

    Raises:
        LeaseproofError: the text is no shard.
    """
    index, slash, count = text.partition("/")
    if not slash or not index.isdecimal() or not count.isdecimal() or not 1 <= int(index) <= int(count):
        raise LeaseproofError(
            f"got the shard {text!r}; expected I/N with I from 1 to N, as 1/4; correct --shard"
        )
    return int(index), int(count)


def read_costs(path: Path) -> dict[str, float]:
    """Return recorded costs by path; nothing when there is no such file.

    Raises:
        LeaseproofError: the file holds something else.
    """
    if not path.is_file():
        return {}
    try:
        return {str(name): float(cost) for name, cost in json.loads(path.read_text(encoding="utf-8")).items()}
    except (ValueError, AttributeError, TypeError):
        raise LeaseproofError(
            f"got {path}, which is no list of costs; expected a JSON object of path and milliseconds;"
            " make it with: ./scripts/invoke proofs --write-costs"
        ) from None


def write_costs(path: Path, costs: Mapping[str, float]) -> None:
    """Write costs, sorted by path, rounded so that a rerun changes few lines."""
    rounded = {name: max(1, round(cost)) for name, cost in sorted(costs.items())}
    path.write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")


def assign(paths: Sequence[str], costs: Mapping[str, float], count: int) -> dict[str, int]:
    """Return the shard of each proof, from 1: the longest first, each to the shard that has least so far.

    Args:
        paths: of all proofs; their order does not matter.
        costs: in milliseconds; a proof without one counts as the median of the others.
        count: number of shards.
    """
    known = [costs[path] for path in paths if path in costs]
    unknown = median(known) if known else UNKNOWN_COST_MS
    loads = [0.0] * count
    shards = {}
    for path in sorted(paths, key=lambda path: (-costs.get(path, unknown), path)):
        lightest = loads.index(min(loads))
        loads[lightest] += costs.get(path, unknown)
        shards[path] = lightest + 1
    return shards

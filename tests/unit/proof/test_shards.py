"""Shards: every proof once, about equally long."""

from pathlib import Path

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.proof.shards import assign, parse_shard, read_costs, write_costs

PATHS = [f"proofs/x/{number:02}.sql" for number in range(23)]


@pytest.mark.parametrize("count", [1, 2, 3, 5, 40])
def test_assign_puts_each_proof_in_exactly_one_shard(count: int) -> None:
    """Whatever the costs and the order in which proofs were found."""
    costs = {path: float(index**2) for index, path in enumerate(PATHS) if index % 3}
    shards = assign(PATHS, costs, count)
    assert sorted(shards) == PATHS
    assert set(shards.values()) <= set(range(1, count + 1))
    assert assign(PATHS[::-1], costs, count) == shards


def test_assign_with_a_new_proof_still_covers_all() -> None:
    """A proof that no cost is known of is in one shard, the others too."""
    costs = dict.fromkeys(PATHS, 10.0)
    shards = assign([*PATHS, "proofs/x/new.sql"], costs, 4)
    assert len(shards) == len(PATHS) + 1


def test_assign_levels_the_loads() -> None:
    """No shard is longer than the shortest by more than its own longest proof."""
    costs = {path: float(1 + index % 7) for index, path in enumerate(PATHS)}
    shards = assign(PATHS, costs, 3)
    loads = [sum(costs[path] for path in PATHS if shards[path] == index) for index in (1, 2, 3)]
    assert max(loads) - min(loads) <= 7


@pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "a/b", "1/0", "-1/2", "1/2/3"])
def test_parse_shard_refuses_what_is_none(text: str) -> None:
    """I/N with I from 1 to N."""
    with pytest.raises(LeaseproofError, match="expected I/N"):
        parse_shard(text)


def test_costs_survive_being_written(tmp_path: Path) -> None:
    """What was written is read, sorted and rounded."""
    path = tmp_path / "costs.json"
    assert read_costs(path) == {}
    write_costs(path, {"b": 2.4, "a": 0.1})
    assert read_costs(path) == {"a": 1.0, "b": 2.0}
    path.write_text("[]")
    with pytest.raises(LeaseproofError, match="no list of costs"):
        read_costs(path)

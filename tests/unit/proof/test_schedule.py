"""Which orders are run: counted, walked as a tree, drawn."""

from collections.abc import Sequence

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.proof.schedule import (
    Explicit,
    Guide,
    Interleavings,
    Order,
    count_interleavings,
    sample_orders,
)

SESSIONS = {"a": ("a1", "a2"), "b": ("b1", "b2"), "c": ("c1",)}


def walk(
    sessions: dict[str, tuple[str, ...]], waiting: dict[Order, set[str]] | None = None
) -> tuple[list[Order], int]:
    """Run every guide of a tree against a machine in which given sessions wait after given steps."""
    tree = Interleavings(sessions)
    orders = []
    while (guide := tree.next_guide()) is not None:
        orders.append(follow(guide, sessions, waiting or {}))
    return orders, tree.infeasible


def follow(guide: Guide, sessions: dict[str, tuple[str, ...]], waiting: dict[Order, set[str]]) -> Order:
    """Launch steps as a stage does, with no database."""
    order: Order = ()
    while len(order) < sum(map(len, sessions.values())):
        following = {
            name: next((s for s in steps if s not in order), None) for name, steps in sessions.items()
        }
        asleep = waiting.get(order, set())
        ready = [step for name, step in following.items() if step and name not in asleep]
        held = [step for name, step in following.items() if step and name in asleep]
        chosen = guide.choose(order, ready, held)
        assert chosen is not None
        order = (*order, chosen)
    return order


@pytest.mark.parametrize(
    ("lengths", "count"), [([], 1), ([3], 1), ([1, 1, 1], 6), ([2, 2], 6), ([3, 3], 20), ([2, 2, 2], 90)]
)
def test_count_interleavings_is_the_multinomial(lengths: Sequence[int], count: int) -> None:
    """The count is the number of words with so many letters of each kind."""
    assert count_interleavings(lengths) == count


def test_interleavings_without_waits_are_all_distinct_merges() -> None:
    """Every merge is run once, in the same order each time."""
    orders, infeasible = walk(SESSIONS)
    assert len(orders) == len(set(orders)) == count_interleavings([2, 2, 1]) == 30
    assert infeasible == 0
    assert orders == walk(SESSIONS)[0]
    assert all(
        order.index("a1") < order.index("a2") and order.index("b1") < order.index("b2") for order in orders
    )


def test_interleavings_count_what_a_wait_makes_impossible() -> None:
    """Where session b waits until a2, no order has b2 before it, and the rest is counted."""
    sessions = {"a": ("a1", "a2"), "b": ("b1", "b2")}
    orders, infeasible = walk(sessions, {("a1", "b1"): {"b"}})
    assert orders == [
        ("a1", "a2", "b1", "b2"),
        ("a1", "b1", "a2", "b2"),
        ("b1", "a1", "a2", "b2"),
        ("b1", "a1", "b2", "a2"),
        ("b1", "b2", "a1", "a2"),
    ]
    assert infeasible == 1
    assert len(orders) + infeasible == count_interleavings([2, 2])


def test_branch_that_is_replayed_leaves_nothing_behind_twice() -> None:
    """A run given up and begun anew adds no order, be its prefix shorter or longer than its launches."""
    tree = Interleavings(SESSIONS)
    orders = []
    while (guide := tree.next_guide()) is not None:
        done: Order = ()
        for _ in range(3):
            step = guide.choose(done, [s for s in _following(done) if s], [])
            assert step is not None
            done = (*done, step)
        guide.replay(done)
        orders.append(follow(guide, SESSIONS, {}))
    assert len(orders) == len(set(orders)) == 30


def _following(done: Order) -> list[str | None]:
    return [next((step for step in steps if step not in done), None) for steps in SESSIONS.values()]


def test_branch_whose_prefix_waits_now_is_an_error() -> None:
    """Steps that wait in one run and not in the next make the walk meaningless: it says so."""
    tree = Interleavings({"a": ("a1", "a2"), "b": ("b1",)})
    first = tree.next_guide()
    assert first is not None
    follow(first, {"a": ("a1", "a2"), "b": ("b1",)}, {})
    second = tree.next_guide()
    assert second is not None
    with pytest.raises(LeaseproofError, match="expected them to wait"):
        second.choose(("a1",), ["a2"], ["b1"])


def test_explicit_order_stops_where_its_step_is_held() -> None:
    """A written order is not bent."""
    guide = Explicit(("b1", "a1"))
    assert guide.choose((), ["a1", "b1"], []) == "b1"
    assert guide.choose(("b1",), ["b2"], ["a1"]) is None
    assert guide.wanted(("b1",)) == "a1"


def test_sample_orders_are_distinct_and_replay_with_their_seed() -> None:
    """The same seed draws the same orders; another seed draws others; never one twice."""
    drawn = sample_orders(SESSIONS, 10, seed=7)
    assert drawn == sample_orders(SESSIONS, 10, seed=7)
    assert drawn != sample_orders(SESSIONS, 10, seed=8)
    assert len(set(drawn)) == 10


def test_sample_orders_beyond_the_number_of_merges_are_all_of_them() -> None:
    """Asking for more than there is gives all."""
    assert sorted(sample_orders(SESSIONS, 1000, seed=1)) == sorted(walk(SESSIONS)[0])

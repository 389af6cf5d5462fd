"""Circles among waits."""

import pytest

from leaseproof.proof.watch import find_cycle


@pytest.mark.parametrize(
    ("edges", "circle"),
    [
        ({}, ()),
        ({"a": ["b"]}, ()),
        ({"a": ["b"], "b": ["c"]}, ()),
        ({"a": ["b"], "b": ["a"]}, ("a", "b")),
        ({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]}, ("a", "b", "c")),
        ({"d": ["a"], "a": ["b", "e"], "b": ["a"]}, ("a", "b")),
    ],
)
def test_find_cycle_returns_the_sessions_of_the_circle(
    edges: dict[str, list[str]], circle: tuple[str, ...]
) -> None:
    """Those that wait for the circle without being in it are left out."""
    assert find_cycle(edges) == circle

"""The simulated rail misbehaves by plan, and its books are true."""

import asyncio
import json

import pytest

from leaseproof.outbox.rails.simulator import FAULTS, Behaviour, SimulatedRail, parse_faults


def book(path):
    """Return the recorded calls."""
    return [json.loads(text) for text in path.read_text().splitlines()]


def test_plan_is_drawn_from_the_seed_alone():
    """The same seed misbehaves in the same way, another in another."""
    faults = {"lost": 20, "late": 20, "again": 20}

    def plan(seed):
        behaviour = Behaviour(seed=seed, faults=faults, refused_percent=10)
        return [
            (behaviour.fault(f"i-{n}", c), behaviour.refuses(f"i-{n}")) for n in range(50) for c in (1, 2)
        ]

    assert plan(1) == plan(1) != plan(2)
    assert {fault for fault, _ in plan(1)} == {"lost", "late", "again", None}


def test_payment_is_taken_once_under_its_key(tmp_path):
    """A repeated call is a replay; the same key with another body is a conflict, recorded as such."""
    rail = SimulatedRail(Behaviour(), tmp_path / "book")

    async def calls():
        return [(await rail.pay("k", "i", "1", body))[1] for body in (b"a", b"a", b"b")]

    assert asyncio.run(calls()) == [201, 201, 409]
    assert [entry["did"] for entry in book(tmp_path / "book")] == ["taken", "replayed", "conflict"]


def test_question_is_answered_from_the_books(tmp_path):
    """Absent before, accepted after."""
    rail = SimulatedRail(Behaviour(), tmp_path / "book")
    before = rail.find("k")[0]
    asyncio.run(rail.pay("k", "i", "1", b"a"))
    assert (before, rail.find("k")[0]) == (404, 200)


@pytest.mark.parametrize("fault", ["again", "dropped", "never"])
def test_call_that_is_not_taken_is_not_in_the_books(tmp_path, fault):
    """What the rail did not take, it does not find."""
    rail = SimulatedRail(Behaviour(faults={fault: 100}), tmp_path / "book")
    asyncio.run(rail.pay("k", "i", "1", b"a"))
    assert rail.find("k")[0] == 404


@pytest.mark.parametrize("text", ["lost", "lost=x", "other=3", "lost=60,late=50"])
def test_faults_that_cannot_be_drawn_are_refused(text):
    """A misspelt fault is not a rail without faults."""
    with pytest.raises(ValueError, match="got "):
        parse_faults(text)


def test_faults_are_all_explained():
    """Each fault says whether the payment is taken."""
    assert all(meaning.startswith(("takes it", "does not take it")) for meaning in FAULTS.values())

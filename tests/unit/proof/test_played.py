"""What a schedule did: numbers that differ from run to run are left out."""

from leaseproof.proof.outcome import StepOutcome
from leaseproof.proof.played import Played, listed, name_backends

DETAIL = (
    "Process 11 waits for ShareLock on transaction 770; blocked by process 22.\n"
    "Process 22 waits for ExclusiveLock on tuple (0,1) of relation 16405 of database 16384;"
    " blocked by process 11."
)


def test_name_backends_says_who_waited_for_whom() -> None:
    """Sessions for process ids; no transaction, relation or place."""
    victim = StepOutcome(step="cross", session="b", sqlstate="40P01", detail=DETAIL)
    named = name_backends(victim, {11: "b", 22: "a"})
    assert named.detail == (
        "Process of session b waits for ShareLock on transaction; blocked by process of session a.\n"
        "Process of session a waits for ExclusiveLock on tuple  of relation of database;"
        " blocked by process of session b."
    )
    assert (named.waited, named.waited_for) == (True, ("a",))


def test_note_numbers_the_events() -> None:
    """In the order in which they came."""
    played = Played()
    played.note("launch", "a", "one")
    played.note("done", "a", "one", "1 row")
    assert [(event.position, event.kind, event.text) for event in played.events] == [
        (0, "launch", ""),
        (1, "done", "1 row"),
    ]


def test_listed_names_nobody_as_another_session() -> None:
    """Sorted, and never empty."""
    assert listed({"b", "a"}) == "a, b"
    assert listed(()) == "another session"

"""The known name that a misspelt one most likely means."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str], *, count: int = 1) -> list[str]:
    """Return the known names that look like the given one, best first; nothing when none does.

    Args:
        name: as it was written.
        known: all names that would be right.
        count: at most so many.
    """
    choices = {each.lower(): each for each in sorted(known, reverse=True)}
    return [choices[each] for each in get_close_matches(name.lower(), sorted(choices), n=count, cutoff=0.6)]


def hint(name: str, known: Iterable[str]) -> str:
    """Return ``; did you mean "x"?`` for the nearest known name, or nothing."""
    found = nearest(name, known)
    return f'; did you mean "{found[0]}"?' if found else ""

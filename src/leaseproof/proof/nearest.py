"""The known name that a misspelt or shortened one most likely means."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from leaseproof.errors import LeaseproofError


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


def find_proof(name: str, paths: Iterable[str], ids: Mapping[str, str] | None = None) -> str:
    """Return the path that a person means by an id, an exact path, a stem or a unique part of a path.

    Args:
        name: as typed.
        paths: of all SQL files.
        ids: id of each sound proof -> its path.

    Raises:
        LeaseproofError: it fits none, or more than one.
    """
    if ids and name in ids:
        return ids[name]
    wanted = name.removesuffix(".sql").removesuffix(".toml").removeprefix("./")
    stems = {path: path.removesuffix(".sql") for path in paths}
    exact = [path for path, stem in stems.items() if wanted in (stem, stem.removeprefix("proofs/"))]
    by_stem = [path for path, stem in stems.items() if stem.rsplit("/", 1)[-1] == wanted]
    part = sorted(path for path, stem in stems.items() if wanted in stem)
    for found in (exact, by_stem, part):
        if len(found) == 1:
            return found[0]
        if found:
            listed = "\n".join(f"  {path}" for path in found[:10])
            raise LeaseproofError(
                f"got {name!r}, which fits {len(found)} proofs; expected one; name it whole:\n{listed}"
            )
    names = {stem.rsplit("/", 1)[-1] for stem in stems.values()}
    raise LeaseproofError(
        f"got {name!r}, which no proof is called; expected an id, a path, a name or a part of"
        f" one{hint(wanted, {*names, *(ids or ())})};"
        " see ./scripts/invoke proofs.list"
    )

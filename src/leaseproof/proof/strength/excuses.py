"""The reviewed list of mutants that cannot change behaviour, each with its reason."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from leaseproof.errors import LeaseproofError
from leaseproof.proof.strength.mutant import Mutant

FILE = "sql/excused-mutants.toml"


@dataclass(frozen=True, kw_only=True)
class Excuse:
    """Why one mutant may survive."""

    mutant: str  # its id
    reason: str


def load_excuses(path: Path) -> tuple[Excuse, ...]:
    """Read the reviewed list; a project without the file excuses nothing.

    Raises:
        LeaseproofError: the file is not what it should be, or an entry lacks its mutant or its reason.
    """
    if not path.exists():
        return ()
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("excused", [])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LeaseproofError(f"{FILE}: {error}; expected [[excused]] tables with mutant and reason") from None
    excuses = []
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict) or set(entry) != {"mutant", "reason"} or not str(entry["reason"]).strip():
            got = sorted(entry) if isinstance(entry, dict) else entry
            raise LeaseproofError(f"{FILE}, entry {number}: got {got}; expected mutant and a reason that is not empty")
        excuses.append(Excuse(mutant=entry["mutant"], reason=" ".join(entry["reason"].split())))
    twice = {one.mutant for one in excuses if sum(other.mutant == one.mutant for other in excuses) > 1}
    if twice:
        raise LeaseproofError(f"{FILE}: {sorted(twice)[0]} is excused twice; keep the better reason")
    return tuple(excuses)


def stale_excuses(excuses: Iterable[Excuse], mutants: Iterable[Mutant]) -> tuple[Excuse, ...]:
    """Return the excuses whose mutant does not exist any more: the model changed under the reason."""
    ids = {mutant.id for mutant in mutants}
    return tuple(excuse for excuse in excuses if excuse.mutant not in ids)

"""How a deployed database differs from ``sql/``: two catalogs compared, one line a difference."""

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from leaseproof.database import catalog
from leaseproof.database.catalog import Item
from leaseproof.database.roles import LOGIN_ROLES, MODEL_ROLES

COMPARED = tuple(kind for kind in catalog.KINDS if kind != "comment")
SHOWN = 60  # characters of a definition on one line
LEAD = 20  # of them before the first difference


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that is not as the model has it."""

    kind: str
    name: str
    expected: str | None  # the model's definition, None when the model has no such thing
    found: str | None  # the deployed one, None when it is missing

    def line(self) -> str:
        """Return the difference in one line."""
        if self.found is None:
            return f"missing   {self.kind} {self.name}"
        if self.expected is None:
            return f"unknown   {self.kind} {self.name}"
        expected, found = _where_they_part(self.expected, self.found)
        return f"different {self.kind} {self.name}: expected {expected}; got {found}"


def compare(model: Collection[Item], deployed: Iterable[Item]) -> tuple[Difference, ...]:
    """Return what differs, in the order of kinds and names.

    What the database has beside the model is its own business, unless it is a part of the model's objects:
    another column,
    constraint, index, trigger, grant, member, or a function of the same name with other arguments.

    Args:
        model: the catalog of a database that has ``sql/`` and nothing else.
        deployed: the catalog that is judged.
    """
    names = {item.belongs_to for item in model}
    expected = {(item.kind, item.name): item for item in model}
    found = {
        (item.kind, item.name): item
        for item in deployed
        if item.belongs_to in names and not _is_use_of_a_role(item)
    }
    keys = sorted({*expected, *found}, key=lambda key: (catalog.KINDS.index(key[0]), key[1]))
    return tuple(
        Difference(kind=kind, name=name, expected=_text(expected, kind, name), found=_text(found, kind, name))
        for kind, name in keys
        if _text(expected, kind, name) != _text(found, kind, name)
    )


def _text(items: Mapping[tuple[str, str], Item], kind: str, name: str) -> str | None:
    item = items.get((kind, name))
    return item.definition if item else None


def _is_use_of_a_role(item: Item) -> bool:
    """Return whether an item only says that somebody works as one of the model's roles."""
    member, _, role = item.name.partition(" in ")
    return item.kind == "membership" and role in LOGIN_ROLES and member not in MODEL_ROLES


def _where_they_part(expected: str, found: str) -> tuple[str, str]:
    """Return the two texts around the first difference, quoted and cut."""
    ours, theirs = expected.splitlines(), found.splitlines()
    number = next(
        (n for n, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs))
    )
    where = f"line {number + 1} " if len(ours) > 1 else ""
    a, b = (" ".join(lines[number].split()) if number < len(lines) else "" for lines in (ours, theirs))
    start = max(0, len(os.path.commonprefix([a, b])) - LEAD)
    return where + _cut(a, start), where + _cut(b, start)


def _cut(line: str, start: int) -> str:
    before, after = "... " if start else "", " ..." if len(line) > start + SHOWN else ""
    return repr(f"{before}{line[start : start + SHOWN]}{after}")

"""What a mutant is: one small change of the model, with a name that survives the next run."""

import difflib
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Verdict = Literal["killed", "survived", "timed out", "invalid"]


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One change of the model."""

    id: str = ""  # object/kind/8 hex digits; given by :func:`named`
    kind: str  # the class of change, such as "comparison" or "grant added"
    object: str  # what it changes: a function, table.constraint, trigger, role ...
    change: str  # what changed, for a person: a unified diff or one line
    statements: tuple[str, ...]  # what the owner runs in a clone to make the change
    undo: tuple[str, ...] = ()  # only the body of a function changed: what makes it what it was
    silenced: str = ""  # the standing query that returns nothing whatever it finds

    @property
    def changes_body(self) -> bool:
        """Return whether nothing but the body of a function changed, so that only who runs it can notice."""
        return bool(self.undo)

    @property
    def key(self) -> str:
        """What makes it itself: the same change of the same text has the same key in every run."""
        return f"{self.object}\n{self.kind}\n{self.change}"


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A mutant and what became of it."""

    mutant: Mutant
    verdict: Verdict
    killer: str = ""  # id of the proof that went red first
    rival: str | None = None  # id of a proof of another invariant that goes red too; "": none does; None: not looked for
    reason: str = ""  # invalid: what the server said; killed: the first problem
    proofs_run: int = 0
    cached: bool = False


def named(mutants: Iterable[Mutant]) -> tuple[Mutant, ...]:
    """Give each mutant its id, and leave out the second of two that are the same change.

    Args:
        mutants: in any order.

    Returns:
        Sorted by id. The id is a hash of object, kind and change, so it stays while the changed text stays.
    """
    found = {}
    for mutant in mutants:
        digest = hashlib.sha256(mutant.key.encode()).hexdigest()[:8]
        slug = mutant.kind.replace(" ", "-")
        found[mutant.key] = replace(mutant, id=f"{mutant.object}/{slug}/{digest}")
    return tuple(sorted(found.values(), key=lambda one: one.id))


def diff(before: str, after: str) -> str:
    """Return the changed lines of two texts, with one line around them, without file headers and line numbers."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
    return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))

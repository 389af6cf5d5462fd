"""What a rule is, and what it finds: plain values."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from leaseproof.guardrails.source import Source


@dataclass(frozen=True, kw_only=True, order=True)
class Finding:
    """One place that breaks a rule."""

    path: str  # relative to the checked folder, POSIX separators
    line: int  # from 1
    column: int  # from 1
    code: str
    message: str  # what was got
    fix: str  # what to do
    level: str = "error"  # or "warning"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One static rule: one module of :mod:`leaseproof.guardrails.rules` holds one."""

    code: str  # LP and three digits
    name: str  # in a few words
    why: str  # what goes wrong without it
    fix: str  # what to do instead
    bad: Mapping[str, str]  # path -> text of an example that must be found
    good: Mapping[str, str]  # path -> text of the same done right
    check: Callable[
        [Iterable[Source]], Iterable[tuple[Source, int, str]]
    ]  # all files -> (file, offset, message)

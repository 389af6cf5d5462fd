"""LP011: a workflow runs what it was reviewed with, and may do no more than it must."""

import re
from collections.abc import Iterable, Iterator

from leaseproof.guardrails.rule import Rule
from leaseproof.guardrails.source import Source

_USES = re.compile(r"(?:^|[{,\s])['\"]?uses['\"]?\s*:\s*['\"]?(?!\./)([^\s'\"#,}]+)", re.MULTILINE)
_PINNED = re.compile(r"@(?:sha256:[0-9a-f]{64}|[0-9a-f]{40})$")
_NO_PERMISSIONS = re.compile(r"^permissions:\s*\{\s*\}[ \t]*(?:#.*)?$", re.MULTILINE)
_ALL_PERMISSIONS = re.compile(r"^\s+permissions:\s*(write-all|read-all)\b", re.MULTILINE)


def _check(sources: Iterable[Source]) -> Iterator[tuple[Source, int, str]]:
    for source in sources:
        if not (
            source.path.startswith((".github/workflows/", ".github/actions/"))
            and source.path.endswith((".yml", ".yaml"))
        ):
            continue
        for match in _USES.finditer(source.text):
            if not _PINNED.search(match[1]):
                yield source, match.start(1), f"got the action {match[1]} without a commit"
        if source.path.startswith(".github/actions/"):
            continue
        for match in _ALL_PERMISSIONS.finditer(source.text):
            yield source, match.start(1), f"got a job with permissions: {match[1]}"
        if not _NO_PERMISSIONS.search(source.text):
            yield source, 0, "got a workflow without permissions: {} at its top"


RULE = Rule(
    code="LP011",
    name="workflows are pinned and have no permission of their own",
    why="A tag can be moved to other code, and a token with rights is worth stealing.",
    fix="pin each action by its 40-digit commit and put permissions: {} at the top",
    bad={".github/workflows/ci.yml": "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v7\n"},
    good={
        ".github/workflows/ci.yml": "permissions: {}\njobs:\n  a:\n    steps:\n"
        f"      - uses: actions/checkout@{'3d' * 20}\n"
    },
    check=_check,
)

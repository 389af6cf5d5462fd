"""LP002: an application is the role that it logged in as."""

import re
from collections.abc import Iterable, Iterator

from leaseproof.guardrails.rule import Rule
from leaseproof.guardrails.source import Source

_SET_ROLE = re.compile(
    r"\bset\s+(?:session\s+|local\s+)*(?:role\b|session\s+authorization\b|authorization\b)"
    r"|\bset_config\s*\(\s*e?'(?:role|session_authorization)\s*'"
    r"|(?:^|\s)-c\s*(?:role|session_authorization)\s*="
)
_OF_A_LOGIN = re.compile(r"\balter\s+(?:role|user|database)\b[^;]*$")  # the owner's, not the application's


def _check(sources: Iterable[Source]) -> Iterator[tuple[Source, int, str]]:
    for source in sources:
        for fragment in source.fragments:
            for match in _SET_ROLE.finditer(fragment.text):
                if not _OF_A_LOGIN.search(fragment.text, max(0, match.start() - 200), match.start()):
                    yield (
                        source,
                        fragment.place(match.start()),
                        f"got {' '.join(match.group().split()).upper()}",
                    )


RULE = Rule(
    code="LP002",
    name="no SET ROLE in an application",
    why="Privileges are separated by login. A connection that changes its role has the sum of them all.",
    fix="connect as the role that has the privilege",
    bad={"app/job.py": 'SQL = "SET ROLE " + "outbox_executor"\n'},
    good={"app/job.py": 'USER = "outbox_executor"\n'},
    check=_check,
)

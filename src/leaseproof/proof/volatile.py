"""Values that no two runs share: what a recording must not expect and a bundle must not show."""

import re
from dataclasses import replace

from leaseproof.proof.outcome import ScheduleOutcome

_TIME = r"\d\d:\d\d(?::\d\d(?:\.\d+)?)?"
VOLATILE = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # a UUID
    rf"|\d{{4}}-\d\d-\d\d[ T]{_TIME}(?: ?[+-]\d\d(?::?\d\d)?|Z)?"  # a time stamp
    r"|\d\d:\d\d:\d\d\.\d+"  # an interval or a time with a fraction
    r"|\b[0-9A-F]+/[0-9A-F]{6,}\b"  # a position in the write-ahead log
    r"|(?<=\bprocess )\d+|(?<=\btransaction )\d+",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?<![\w.-])\d{3,}(?![\w.])"
)  # in a row: as likely a transaction or an object id as a count


def steady(outcome: ScheduleOutcome) -> ScheduleOutcome:
    """Return a schedule's outcome with ``*`` for what differs from run to run in rows and words."""
    return replace(
        outcome,
        steps=tuple(
            replace(
                step,
                message=masked(step.message),
                detail=masked(step.detail),
                hint=masked(step.hint),
                notices=tuple(masked(notice) for notice in step.notices),
                rows=tuple(
                    tuple(None if value is None else _NUMBER.sub("*", masked(value)) for value in row)
                    for row in step.rows
                ),
            )
            for step in outcome.steps
        ),
    )


def masked(text: str) -> str:
    """Return the text with ``*`` for every volatile value, so that two runs read the same."""
    return VOLATILE.sub("*", text)

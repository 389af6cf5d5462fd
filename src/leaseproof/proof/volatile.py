"""Values that no two runs share: what a recording must not expect and a bundle must not show."""

import re

_TIME = r"\d\d:\d\d(?::\d\d(?:\.\d+)?)?"
VOLATILE = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # a UUID
    rf"|\d{{4}}-\d\d-\d\d[ T]{_TIME}(?: ?[+-]\d\d(?::?\d\d)?|Z)?"  # a time stamp
    r"|\d\d:\d\d:\d\d\.\d+"  # an interval or a time with a fraction
    r"|\b[0-9A-F]+/[0-9A-F]{6,}\b"  # a position in the write-ahead log
    r"|(?<=\bprocess )\d+|(?<=\btransaction )\d+",
    re.IGNORECASE,
)


def masked(text: str) -> str:
    """Return the text with ``*`` for every volatile value, so that two runs read the same."""
    return VOLATILE.sub("*", text)

"""Values that no two runs share."""

import pytest

from leaseproof.proof.volatile import masked


@pytest.mark.parametrize(
    ("text", "steady"),
    [
        ("(01a208bb-a91b-74b4-99aa-0123456789AB, 1)", "(*, 1)"),
        ("at 2026-01-02 03:04:05.678+00, 2026-01-02T03:04Z, 2026-01-02 03:04:05 +0530.", "at *, *, *."),
        ("00:00:29.9987 of 00:00:30", "* of 00:00:30"),
        ("0/16B3748", "*"),
        ("process 123 waits for transaction 9876", "process * waits for transaction *"),
        ("P7002 1/2 2026-01-02 a-b-c 12:30", "P7002 1/2 2026-01-02 a-b-c 12:30"),
    ],
)
def test_masked_leaves_only_what_is_the_same_each_time(text: str, steady: str) -> None:
    """Identifiers, clock readings and positions are masked; dates, fractions and round intervals stay."""
    assert masked(text) == steady

"""Values that no two runs share."""

import pytest

from leaseproof.proof.outcome import ScheduleOutcome, StepOutcome
from leaseproof.proof.volatile import masked, steady


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


def test_steady_masks_rows_and_words_of_every_step() -> None:
    """In rows, numbers of three digits and more are masked too; counts, amounts, codes and NULL stay."""
    uuid = "01a208bb-a91b-74b4-99aa-000000000001"
    step = StepOutcome(
        step="a",
        session="s",
        sqlstate="23505",
        message=f"got {uuid} of 1000",
        detail=uuid,
        hint=uuid,
        notices=(f"NOTICE: {uuid}",),
        rows=((uuid, "2386", "12", None, "1000.00", "key-100", '{"lease_xid": "2386"}'),),
        row_count=1,
    )
    (masked_step,) = steady(ScheduleOutcome(order=("a",), steps=(step,))).steps
    assert (masked_step.message, masked_step.detail, masked_step.hint) == ("got * of 1000", "*", "*")
    assert masked_step.notices == ("NOTICE: *",)
    assert masked_step.rows == (("*", "*", "12", None, "1000.00", "key-100", '{"lease_xid": "*"}'),)
    assert (masked_step.sqlstate, masked_step.row_count) == ("23505", 1)

"""The error map (CL-09): each SQLSTATE has one meaning, and no meaning is to call the rail again."""

import pytest

from leaseproof.errors import MODEL_SQLSTATES, TERMINAL_GUARD
from leaseproof.outbox.verdict import Verdict, verdict


@pytest.mark.parametrize(
    ("sqlstate", "meaning"),
    [
        *(
            (code, Verdict.SAY_AGAIN)
            for code in ("40001", "40P01", "40003", "55P03", "57014", "25006", "25P03")
        ),
        *(
            (code, Verdict.SAY_AGAIN)
            for code in ("08000", "08003", "08006", "57P01", "57P02", "57P03", "53300")
        ),
        ("P7002", Verdict.LEASE_LOST),
        ("P7007", Verdict.CLAIMS_CLOSED),
        ("P7011", Verdict.GUARD_HIT),
        *(
            (code, Verdict.TELL_A_PERSON)
            for code in ("P7001", "P7003", "P7004", "P7005", "P7010", "P7012", "P7016")
        ),
        *(
            (code, Verdict.TELL_A_PERSON)
            for code in ("22023", "22001", "23505", "23514", "42501", "42883", "P0001")
        ),
        ("XX000", Verdict.TELL_A_PERSON),
    ],
)
def test_sqlstate_has_its_verdict(sqlstate, meaning):
    """The table answers as CL-09 says."""
    assert verdict(sqlstate) is meaning


def test_unique_violation_is_the_terminal_guard_only_by_its_name():
    """23505 counts as a terminal guard hit for that one index and no other."""
    assert verdict("23505", TERMINAL_GUARD) is Verdict.GUARD_HIT
    assert verdict("23505", "payment_outbox_attempts_pkey") is Verdict.TELL_A_PERSON


def test_every_code_of_the_model_has_a_verdict():
    """A code that is added to the model has a meaning here from the first day."""
    assert all(isinstance(verdict(code.code), Verdict) for code in MODEL_SQLSTATES)

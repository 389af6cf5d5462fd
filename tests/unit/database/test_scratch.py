"""Names of scratch databases."""

import pytest

from leaseproof.database.scratch import OF_A_RUN, database_name
from leaseproof.errors import LeaseproofError


def test_name_has_prefix_run_and_a_clean_label() -> None:
    """The label is brought to letters, digits and underscores."""
    assert database_name("0a1b2c3d", "gw1_Stale Token!") == "leaseproof_0a1b2c3d_gw1_stale_token"


def test_name_fits_the_servers_limit() -> None:
    """A long label is cut, so that the server does not cut it behind our back."""
    assert len(database_name("0a1b2c3d", "x" * 100)) == 63


def test_label_of_nothing_is_refused() -> None:
    """Two such labels would be one database."""
    with pytest.raises(LeaseproofError, match="expected letters or digits"):
        database_name("0a1b2c3d", "---")


@pytest.mark.parametrize(
    "name",
    [
        "leaseproof",
        "leaseproof_prod",
        "leaseproof_stranger",
        "leaseproof_kept_a_stale_token",
        "leaseproof_0a1b2c3_x",
        "my_leaseproof_0a1b2c3d_x",
    ],
)
def test_name_of_somebody_else_is_not_of_a_run(name: str) -> None:
    """A sweep takes nothing that only looks alike."""
    assert OF_A_RUN.match(name) is None

"""Names that are nearly right."""

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.proof.nearest import find_proof, hint, nearest

PATHS = ("proofs/fencing/a_stale_token.sql", "proofs/fencing/a_wrong_token.sql", "proofs/time/stale.sql")


def test_nearest_gives_the_best_known_name() -> None:
    """Case does not matter; what resembles nothing has no nearest name."""
    assert nearest("Comlete_A", ["claim_a", "complete_a", "complete_b"], count=2) == [
        "complete_a",
        "complete_b",
    ]
    assert (hint("xyz", ["claim"]), hint("clam", ["claim"])) == ("", '; did you mean "claim"?')


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("proofs/fencing/a_stale_token.sql", PATHS[0]),
        ("./proofs/fencing/a_stale_token.toml", PATHS[0]),
        ("fencing/a_stale_token", PATHS[0]),
        ("stale", PATHS[2]),
        ("wrong", PATHS[1]),
    ],
)
def test_find_proof_takes_path_stem_or_unique_part(name: str, path: str) -> None:
    """A whole stem wins over a part of others."""
    assert find_proof(name, PATHS) == path


def test_find_proof_lists_what_is_ambiguous() -> None:
    """More than one fitting proof is refused with their paths."""
    with pytest.raises(LeaseproofError) as caught:
        find_proof("token", PATHS)
    assert str(caught.value).splitlines()[1:] == [f"  {path}" for path in PATHS[:2]]


def test_find_proof_names_the_nearest() -> None:
    """A misspelt name is answered with the nearest one."""
    with pytest.raises(LeaseproofError, match='did you mean "a_wrong_token"'):
        find_proof("a_wrogn_token", PATHS)

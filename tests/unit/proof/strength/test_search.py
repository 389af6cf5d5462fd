"""What stands of a long search when proofs or the model change."""

from dataclasses import replace
from pathlib import Path

import pytest

from leaseproof.proof.manifest import Proof, load_proof
from leaseproof.proof.strength.search import Rivals, Search, model_digest

ROOT = Path(__file__).parents[4]
SOME = load_proof(ROOT / "proofs" / "fencing" / "a_wrong_token_is_refused_and_writes_nothing.sql", ROOT)


def proof(name: str, invariant: str, digest: str = "1") -> Proof:
    """Return a proof of that name; what it runs does not matter here."""
    return replace(SOME, manifest=replace(SOME.manifest, id=name, invariant=invariant), digest=digest)


P, Q, R = proof("P", "one"), proof("Q", "two"), proof("R", "two")
SEARCH = Search(
    model="m",
    proofs={"P": "1", "Q": "1", "R": "1"},
    killers={"shared": "P", "alone": "P"},
    rivals={"shared": "Q", "alone": ""},
)


def ask(mutant: str, killer: Proof, *order: Proof, model: str = "m", asking_all: bool = False) -> Rivals:
    """Ask the search."""
    return SEARCH.whom_to_ask(mutant, killer, order, model=model, asking_all=asking_all)


def test_search_answers_for_the_model_and_the_proofs_that_it_saw() -> None:
    """Nobody is asked where nothing changed, whoever of the two kills first."""
    assert ask("shared", P, P, Q, R) == Rivals(otherwise="Q")
    assert ask("shared", Q, P, Q, R) == Rivals(otherwise="P")
    assert ask("alone", P, P, Q, R) == Rivals(otherwise="")
    assert ask("alone", proof("P2", "one", "new"), P, Q, R, proof("P2", "one", "new")) == Rivals(otherwise="")


def test_search_asks_only_the_proofs_that_are_new_or_changed() -> None:
    """A dropped-in pair of another invariant may kill too; one of the same invariant cannot change the answer."""
    changed, new = proof("R", "two", "2"), proof("S", "three", "1")
    assert ask("alone", P, P, Q, changed, new) == Rivals(proofs=(changed, new), otherwise="")
    assert ask("alone", P, P, Q, proof("S", "one", "1")) == Rivals(otherwise="")
    assert ask("shared", P, P, Q, changed, new) == Rivals(otherwise="Q")


def test_search_asks_an_old_member_that_has_another_invariant_now() -> None:
    """A proof that moved from the killer's side to another was never asked."""
    moved = proof("P2", "two", "moved")
    assert ask("alone", P, P, Q, R, moved) == Rivals(proofs=(moved,), otherwise="")


@pytest.mark.parametrize(
    ("mutant", "killer", "order", "model"),
    [
        ("alone", P, (P, Q, R), "other"),
        ("shared", P, (P, Q, R), "other"),
        ("unseen", P, (P, Q, R), "m"),
        ("shared", P, (P, proof("Q", "two", "2"), R), "m"),
        ("shared", P, (P, R), "m"),
        ("alone", proof("P", "one", "2"), (proof("P", "one", "2"), Q, R), "m"),
        ("alone", P, (P, *(proof(f"S{number}", "two") for number in range(11))), "m"),
    ],
    ids=["model", "model, rival", "mutant", "changed rival", "rival gone", "changed killer", "many new proofs"],
)
def test_search_claims_nothing_beyond_what_it_saw(mutant: str, killer: Proof, order: tuple[Proof, ...], model: str) -> None:
    """An ordinary run says that it is not known; the long one asks every proof of another invariant that is needed."""
    assert ask(mutant, killer, *order, model=model) == Rivals()
    long = ask(mutant, killer, *order, model=model, asking_all=True)
    assert long.otherwise == ""
    assert {one.manifest.id for one in long.proofs} == {one.manifest.id for one in order if one.manifest.invariant != "one"}


def test_long_search_asks_the_known_rival_first() -> None:
    """On another model it is the likeliest to kill again."""
    assert [one.manifest.id for one in ask("shared", P, P, R, Q, model="other", asking_all=True).proofs] == ["Q", "R"]


def test_model_digest_tells_models_and_server_versions_apart(tmp_path: Path) -> None:
    """What only one invariant's proofs kill on one major version is no statement about another."""
    (tmp_path / "10.sql").write_text("SELECT 1;")
    digest = model_digest(tmp_path, 180_004)
    assert digest == model_digest(tmp_path, 180_009)
    assert digest != model_digest(tmp_path, 150_004)
    (tmp_path / "invariants").mkdir()
    (tmp_path / "invariants" / "a.sql").write_text("SELECT 2;")
    assert digest != model_digest(tmp_path, 180_004)

"""The catalogue of proofs: filters, table, JSON."""

import json
from collections.abc import Callable

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.proof.listing import functions, select, sqlstates, to_json, to_table
from leaseproof.proof.manifest import Proof
from leaseproof.proof.script import parse_script

MakeProof = Callable[[str, str, str], Proof]


@pytest.fixture
def proofs(make_proof: MakeProof) -> tuple[Proof, Proof]:
    """Return a one-step proof and one with a contest over every interleaving."""
    one = make_proof(
        "privileges/a_stranger_reads_nothing",
        "-- A stranger reads nothing.\nSELECT * FROM payment_outbox_pending;",
        'id = "PV-01"\nclaim = "A stranger reads nothing."\ninvariant = "privileges"\ncovers = ["PV-01"]\n'
        '[sessions]\nw = "stranger"\n[expect]\nattack = "42501"\n',
    )
    two = make_proof(
        "fencing/a_very_long_sentence_about_two_workers_that_complete_one_payment",
        "-- C.\n-- @step a: a\nSELECT public.complete_outbox_attempt(1);\n-- @step b: b\nSELECT 1;\n",
        'id = "FC-13"\nclaim = "C."\ninvariant = "fencing"\nschedule = "every"\n'
        '[sessions]\na = "outbox_executor"\nb = "outbox_executor"\n'
        '[outcome]\nwinners = 1\nlosers = ["P7002", "40001"]\n',
    )
    return one, two


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({}, ["PV-01", "FC-13"]),
        ({"invariant": "fencing"}, ["FC-13"]),
        ({"sqlstate": "p7002"}, ["FC-13"]),
        ({"sqlstate": "42501"}, ["PV-01"]),
        ({"role": "executor"}, ["FC-13"]),
        ({"role": "stranger"}, ["PV-01"]),
        ({"function": "complete_outbox_attempt"}, ["FC-13"]),
        ({"invariant": "fencing", "role": "stranger"}, []),
    ],
)
def test_select_keeps_what_fits_every_filter(
    proofs: tuple[Proof, Proof], filters: dict[str, str], ids: list[str]
) -> None:
    """Filters narrow together."""
    assert [proof.manifest.id for proof in select(proofs, **filters)] == ids


def test_to_table_fits_80_columns(proofs: tuple[Proof, Proof]) -> None:
    """Proofs stand below their folder, long names go on in a second line, whole."""
    assert to_table(proofs) == (
        "id     proof                                         SQLSTATE       orders\n"
        "-----  --------------------------------------------  -----------  --------\n"
        "       privileges/\n"
        "PV-01  a_stranger_reads_nothing                      42501               1\n"
        "       fencing/\n"
        "FC-13  a_very_long_sentence_about_two_workers_that_  40001 P7002         2\n"
        "       complete_one_payment\n"
        "\n"
        "2 proofs"
    )


def test_select_refuses_what_no_proof_has(proofs: tuple[Proof, Proof]) -> None:
    """A slip of the pen is no empty list."""
    with pytest.raises(LeaseproofError, match='got --invariant fencin, .* did you mean "fencing"'):
        select(proofs, invariant="fencin")


def test_to_table_of_nothing_says_so() -> None:
    """No proof is a number too."""
    assert to_table([]) == "0 proofs"


def test_to_json_has_what_a_tool_wants(proofs: tuple[Proof, Proof]) -> None:
    """One object a proof, without the files' text."""
    value = json.loads(to_json(proofs[:1]))[0]
    digest = value.pop("digest")
    assert len(digest) == 64
    assert value == {
        "id": "PV-01",
        "path": "proofs/privileges/a_stranger_reads_nothing.sql",
        "claim": "A stranger reads nothing.",
        "invariant": "privileges",
        "covers": ["PV-01"],
        "breaks": [],
        "accepted": True,
        "sessions": {"w": "stranger"},
        "sqlstates": ["42501"],
        "functions": [],
        "orders": 1,
    }


def test_sqlstates_of_a_proof_that_only_succeeds(make_proof: MakeProof) -> None:
    """Success is named only where nothing else is expected."""
    proof = make_proof(
        "x/y", "-- C.\nSELECT 1;", 'id = "X"\nclaim = "C."\ninvariant = "x"\n[sessions]\nw = "owner"\n'
    )
    assert sqlstates(proof) == ("00000",)


def test_functions_are_what_is_called() -> None:
    """Keywords, tables with columns, quotes and comments are no calls."""
    script = parse_script(
        "-- C.\nINSERT INTO t (a) VALUES (lower('x(')); SELECT f (1), s.G(2) /* h(3) */"
        " WHERE a IN (1) AND EXISTS (SELECT 1);\nCREATE INDEX ON t (a);",
        "p.sql",
    )
    assert functions(script) == ("f", "g", "lower")

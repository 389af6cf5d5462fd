"""New pairs: sound from the start, and nothing that exists is touched."""

from pathlib import Path

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.proof.manifest import load_proof
from leaseproof.proof.scaffold import new_pair, next_id, role_of

NAME = "fencing/a_stale_token_cannot_complete"


def test_new_pair_is_sound(tmp_path: Path) -> None:
    """Both files are written, load without a problem, and the manifest names the schema for editors."""
    sql, toml = new_pair(
        NAME, root=tmp_path, ids=[("proofs/fencing/x.sql", "FC-26b"), ("proofs/fencing/y.sql", "FC-41")]
    )
    assert (sql, toml) == (tmp_path / f"proofs/{NAME}.sql", tmp_path / f"proofs/{NAME}.toml")
    proof = load_proof(sql, tmp_path)
    assert proof.manifest.claim == proof.script.claim == "A stale token cannot complete."
    assert (proof.manifest.id, proof.manifest.invariant, proof.manifest.accepted) == (
        "FC-42",
        "fencing",
        True,
    )
    assert toml.read_text().startswith("#:schema ../../docs/proof-manifest.schema.json\n")
    assert sorted(path.name for path in sql.parent.iterdir()) == [sql.name, toml.name]


@pytest.mark.parametrize("given", [f"proofs/{NAME}", f"./proofs/{NAME}.sql", f"{NAME}.toml"])
def test_new_pair_takes_a_path_as_well(tmp_path: Path, given: str) -> None:
    """A path as the shell completes it names the same pair."""
    assert new_pair(given, root=tmp_path)[0] == tmp_path / f"proofs/{NAME}.sql"


@pytest.mark.parametrize(
    "name", ["stale", "Fencing/Stale", "fencing/", "/x/y", "../x/y", "fencing/a-b", "fencing/1"]
)
def test_new_pair_refuses_a_name_that_is_none(tmp_path: Path, name: str) -> None:
    """A name without a folder, outside proofs/ or with other characters is refused."""
    with pytest.raises(LeaseproofError, match="expected INVARIANT/SENTENCE"):
        new_pair(name, root=tmp_path)


def test_new_pair_never_overwrites(tmp_path: Path) -> None:
    """A pair that exists stays as it is."""
    for path in new_pair(NAME, root=tmp_path):
        path.write_text("mine")
    with pytest.raises(LeaseproofError, match="which exists; expected a new name"):
        new_pair(NAME, root=tmp_path)
    assert {path.read_text() for path in (tmp_path / "proofs/fencing").iterdir()} == {"mine"}


def test_new_pair_makes_only_the_missing_manifest(tmp_path: Path) -> None:
    """A lone SQL file keeps its text and gets a manifest with its claim and its sessions."""
    sql = tmp_path / f"proofs/{NAME}.sql"
    sql.parent.mkdir(parents=True)
    sql.write_text(
        '-- My "own" claim.\n\n-- @step one: worker_a\nSELECT 1;\n-- @step two: someone\nSELECT 2;\n'
    )
    before = sql.read_text()
    assert new_pair(NAME, root=tmp_path) == (sql.with_suffix(".toml"),)
    proof = load_proof(sql, tmp_path)
    assert sql.read_text() == before
    assert proof.manifest.claim == 'My "own" claim.'
    assert proof.manifest.sessions == {"worker_a": "outbox_executor", "someone": "outbox_executor"}
    assert (
        'someone = "outbox_executor"  # a guess: say which role attacks\n'
        in sql.with_suffix(".toml").read_text()
    )


def test_new_pair_makes_only_the_missing_sql(tmp_path: Path) -> None:
    """A lone manifest keeps its text and gets a SQL file with its claim, its sessions and its steps."""
    toml = tmp_path / f"proofs/{NAME}.toml"
    toml.parent.mkdir(parents=True)
    toml.write_text(
        'id = "X"\nclaim = "C."\ninvariant = "x"\nschedule = ["one", "two"]\n'
        '[sessions]\na = "owner"\nb = "owner"\nc = "owner"\n[expect]\ntwo = "42501"\n'
    )
    toml.write_text(toml.read_text().replace('["one", "two"]', '["one", "two", "step_3"]'))
    assert new_pair(NAME, root=tmp_path) == (toml.with_suffix(".sql"),)
    proof = load_proof(toml.with_suffix(".sql"), tmp_path)
    assert [(step.name, step.session) for step in proof.script.steps] == [
        ("one", "a"),
        ("two", "b"),
        ("step_3", "c"),
    ]


@pytest.mark.parametrize(
    ("ids", "answer"),
    [
        ([], "FE-40"),
        (
            [
                ("proofs/fencing/a.sql", "FC-01"),
                ("proofs/fencing/b.sql", "FC-02"),
                ("proofs/fencing/c.sql", "X-9"),
            ],
            "FC-40",
        ),
        ([("proofs/fencing/a.sql", "FC-01"), ("proofs/other/b.sql", "FC-77")], "FC-78"),
        ([("proofs/fencing/a.sql", "odd")], "FE-40"),
    ],
)
def test_next_id_follows_the_folder(ids: list[tuple[str, str]], answer: str) -> None:
    """The id continues the folder's letters, from 40, and is free everywhere."""
    assert next_id("fencing/new_one", ids) == answer


@pytest.mark.parametrize(
    ("session", "role"),
    [
        ("owner", "owner"),
        ("worker_b", "outbox_executor"),
        ("outbox_auditor", "outbox_auditor"),
        ("bob", None),
    ],
)
def test_role_of_knows_the_usual_names(session: str, role: str | None) -> None:
    """A session that is called as the model's roles are needs no role said."""
    assert role_of(session) == role

"""Mutants of tables, indexes, triggers, views, grants and limits."""

from leaseproof.database.anatomy import Anatomy
from leaseproof.proof.strength.objects import mutants_of_model

ANATOMY = Anatomy(
    functions=(),
    constraints=(
        ("t", "t_size", "c", "CHECK ((size <= 10))"),
        ("t", "t_key", "u", "UNIQUE (a, b)"),
    ),
    columns=(("t", "a", "text", True, "'x'::text", True, False), ("t", "id", "uuid", True, None, False, True)),
    indexes=(
        ("t", "t_guard", "CREATE UNIQUE INDEX t_guard ON public.t USING btree (a) WHERE (s = ANY (ARRAY['X'::e, 'Y'::e]))", True),
    ),
    triggers=(
        ("t", "t_only", "CREATE TRIGGER t_only BEFORE DELETE OR UPDATE ON public.t FOR EACH ROW EXECUTE FUNCTION f()", "A"),
        (
            "t",
            "t_when",
            "CREATE TRIGGER t_when BEFORE UPDATE ON public.t FOR EACH ROW WHEN ((old.a IS DISTINCT FROM new.a)) EXECUTE FUNCTION f()",
            "O",
        ),
    ),
    views=(("v", " SELECT count(*) AS n\n   FROM t\n  WHERE (t.b > 1);"),),
    relation_privileges=(("t", "r", "SELECT", True), ("t", "r", "UPDATE", False)),
    column_grants=(("t", "a", "r", "SELECT"),),
    function_privileges=(("f()", "f", "r", False),),
    settings=(("ceiling", "20"),),
)


def statements(kind: str) -> list[tuple[str, ...]]:
    """Return what the mutants of one kind run."""
    return [mutant.statements for mutant in mutants_of_model(ANATOMY) if mutant.kind == kind]


def test_constraints_are_dropped_changed_and_deferred() -> None:
    """Each constraint has mutants of its presence, its expression, its columns and its time."""
    assert len(statements("constraint dropped")) == 2
    assert ("ALTER TABLE t DROP CONSTRAINT t_size CASCADE", "ALTER TABLE t ADD CONSTRAINT t_size CHECK ((size < 10))") in (
        statements("constraint comparison")
    )
    assert {one[1].rsplit(" ", 2)[-1] for one in statements("key column dropped")} == {"(a)", "(b)"}
    assert len(statements("constraint deferred")) == 1


def test_columns_lose_what_they_promise() -> None:
    """NOT NULL, default and collation are dropped; a key's NOT NULL cannot be."""
    assert statements("not null dropped") == [("ALTER TABLE t ALTER COLUMN a DROP NOT NULL",)]
    assert len(statements("default dropped")) == len(statements("collation dropped")) == 1


def test_the_guard_index_loses_uniqueness_predicate_and_states() -> None:
    """A partial unique index has all its mutants."""
    assert len(statements("uniqueness dropped")) == len(statements("predicate dropped")) == 1
    assert {one[1].split("ARRAY")[1] for one in statements("predicate state dropped")} == {"['Y'::e]))", "['X'::e]))"}


def test_triggers_are_dropped_disabled_weakened_and_narrowed() -> None:
    """A trigger that is ALWAYS on stays so in the mutants of its events."""
    assert len(statements("trigger dropped")) == len(statements("trigger disabled")) == 2
    assert len(statements("trigger weakened")) == 1
    assert all(one[-1].endswith("ENABLE ALWAYS TRIGGER t_only") for one in statements("event dropped"))
    assert any("IS NOT DISTINCT FROM" in one[1] for one in statements("trigger comparison"))


def test_grants_are_revoked_and_added() -> None:
    """Every privilege that is there goes once, every one that is not comes once."""
    assert ("REVOKE SELECT ON TABLE t FROM r",) in statements("grant revoked")
    assert ("REVOKE SELECT (a) ON TABLE t FROM r",) in statements("grant revoked")
    assert ("GRANT UPDATE ON TABLE t TO r",) in statements("grant added")
    assert ("GRANT EXECUTE ON FUNCTION f() TO r",) in statements("grant added")


def test_views_and_limits_change() -> None:
    """The view's conditions and the limits have mutants."""
    assert any("t.b >= 1" in one[0] for one in statements("view comparison"))
    assert len(statements("setting")) == 2


def test_ids_are_unique() -> None:
    """No two mutants share an id."""
    ids = [mutant.id for mutant in mutants_of_model(ANATOMY)]
    assert len(ids) == len(set(ids))

"""Which proofs can notice a mutant."""

from leaseproof.database.anatomy import Anatomy
from leaseproof.proof.strength.likelihood import Reach


def anatomy() -> Anatomy:
    """Return a model of two functions, a trigger function behind a table, and a view."""
    return Anatomy(
        functions=(
            ("claim", "claim()", "", "UPDATE public.pending SET a = 1; PERFORM public.clock();", True, "o", "VOLATILE", False),
            ("clock", "clock()", "", "RETURN clock_timestamp();", False, "o", "VOLATILE", False),
            ("guard", "guard()", "", "SELECT FROM public.ledger", False, "o", "VOLATILE", False),
            ("close", "close()", "", "UPDATE public.settings SET a = 1;", False, "o", "VOLATILE", False),
        ),
        constraints=(("ledger", "c", "c", "CHECK (a > 0)"),),
        columns=(("settings", "since", "timestamptz", True, "clock()", False, False),),
        indexes=(),
        triggers=(("pending", "t", "CREATE TRIGGER t BEFORE UPDATE ON public.pending EXECUTE FUNCTION guard()", "A"),),
        views=(("status", " SELECT count(*) FROM pending;"),),
        relation_privileges=(),
        column_grants=(),
        function_privileges=(),
        settings=(),
    )


def test_reach_follows_bodies_triggers_defaults_and_views() -> None:
    """What a statement comes to run counts, however many steps away; what it never touches does not."""
    reach = Reach(anatomy())
    assert reach.of("SELECT * FROM claim(1)") == {"claim", "clock", "pending", "guard", "ledger"}
    assert reach.of("SELECT pending_count FROM Status") == {"status", "pending", "guard", "ledger"}
    assert reach.of("SELECT close()") == {"close", "settings", "clock"}
    assert reach.of("SELECT 1") == frozenset()


def test_who_reads_the_catalog_of_functions_reaches_all() -> None:
    """A proof that finds its functions in pg_proc may call any."""
    assert Reach(anatomy()).of("SELECT oid::regprocedure FROM pg_proc") >= {"claim", "clock", "guard", "close"}

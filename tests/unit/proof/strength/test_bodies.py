"""Mutants of function bodies."""

from leaseproof.proof.strength.bodies import Function, mutants_of_function
from leaseproof.proof.strength.mutant import Mutant, named
from leaseproof.proof.strength.tokens import statements, tokenize

BODY = """
DECLARE
    v_now timestamptz := public.outbox_clock();
BEGIN
    -- a comment with AND and FOR UPDATE in it
    PERFORM p.outbox_id FROM public.pending AS p WHERE p.token = p_token AND p.owner = p_owner ORDER BY p.outbox_id LIMIT 3 FOR UPDATE SKIP LOCKED;
    IF NOT FOUND OR v_now >= p_until THEN
        RAISE EXCEPTION USING ERRCODE = 'P7002', MESSAGE = 'LEASE_LOST: a > b', HINT = 'IN (1, 2)';
    END IF;
    UPDATE public.pending SET a = 1, b = greatest(b + 1, 0) WHERE id = p_id;
    RETURN coalesce(p_value, 7);
END
"""


def function(body: str = BODY) -> Function:
    """Return a function with this body."""
    definition = f"CREATE OR REPLACE FUNCTION public.f()\n RETURNS int\nAS $function${body}$function$\n"
    return Function(
        name="f", signature="f()", definition=definition, body=body, security_definer=True, owner="outbox_control",
        volatility="VOLATILE", strict=False,
    )


def changes(kind: str) -> set[str]:
    """Return the added lines of every mutant of one kind, without what surrounds them."""
    found = set()
    for mutant in mutants_of_function(function()):
        if mutant.kind == kind:
            found.add(" ".join(" ".join(line[1:].split()) for line in mutant.change.splitlines() if line.startswith("+")))
    return found


def test_statements_are_cut_at_their_own_level() -> None:
    """Declarations, conditions and simple statements are told apart."""
    kinds = [statement.kind for statement in statements(tokenize(BODY))]
    assert kinds == ["mark", "declaration", "mark", "simple", "condition", "simple", "mark", "simple", "simple", "mark"]


def test_comments_are_never_changed() -> None:
    """No token comes from a comment."""
    assert "comment" not in {token.text for token in tokenize(BODY)}


def test_conditions_are_dropped_one_at_a_time() -> None:
    """Each conjunct of a WHERE goes once, and so does the whole WHERE of a single one."""
    dropped = changes("condition dropped")
    assert any("WHERE p.token = p_token ORDER" in line for line in dropped)
    assert any("WHERE p.owner = p_owner ORDER" in line for line in dropped)
    assert any("greatest(b + 1, 0) ;" in line for line in dropped)
    assert "IF v_now >= p_until THEN" in dropped


def test_locks_are_dropped_and_weakened() -> None:
    """FOR UPDATE, SKIP LOCKED, ORDER BY and LIMIT each have their mutants."""
    assert any(line.endswith("LIMIT 3 ;") for line in changes("lock dropped"))
    assert any(line.endswith("FOR KEY SHARE SKIP LOCKED;") for line in changes("lock weakened"))
    assert any(line.endswith("FOR UPDATE ;") for line in changes("skip locked dropped"))
    assert any("p_owner LIMIT" in line for line in changes("order dropped"))
    assert any("p_owner ORDER BY p.outbox_id FOR" in line for line in changes("limit dropped"))


def test_a_refusal_loses_its_code_or_its_force_but_not_its_words() -> None:
    """What a RAISE says to a person is not mutated."""
    assert {line[:48] for line in changes("error code")} == {"RAISE EXCEPTION USING ERRCODE = 'P7999', MESSAGE"}
    assert any(line.startswith("RAISE WARNING") for line in changes("refusal weakened"))
    assert not any("a >= b" in mutant.change for mutant in mutants_of_function(function()))


def test_values_assignments_and_the_clock_change() -> None:
    """Constants, arguments, assignments, swapped functions, the clock and conditions have mutants."""
    assert "RETURN coalesce(p_value, 8);" in changes("constant")
    assert {"RETURN coalesce(p_value);", "RETURN coalesce(7);"} == changes("argument dropped")
    assert any("SET b = greatest" in line for line in changes("assignment dropped"))
    assert any("least(b + 1, 0)" in line for line in changes("function swapped"))
    assert "v_now timestamptz := pg_catalog.now();" in changes("clock")
    assert {"IF true THEN", "IF false THEN"} == changes("condition forced")


def test_assignment_signs_are_no_comparisons() -> None:
    """SET a = 1 and ERRCODE = … are never turned into <>."""
    assert not any("SET a <> 1" in line or "ERRCODE <>" in line for line in changes("comparison"))


def test_mutant_definitions_keep_the_head_of_the_function() -> None:
    """Only the body differs."""
    (statement,) = next(mutant for mutant in mutants_of_function(function()) if mutant.kind == "clock").statements
    assert statement == function().definition.replace("public.outbox_clock()", "pg_catalog.now()")


def test_named_gives_ids_that_stay_and_drops_doubles() -> None:
    """The same change has the same id in every run; the second of two equal changes is left out."""
    one = Mutant(kind="error code", object="f", change="-a\n+b", statements=("SELECT 1",))
    (first,) = named([one, one])
    assert (first.id, named([one])) == ("f/error-code/" + first.id[-8:], (first,))

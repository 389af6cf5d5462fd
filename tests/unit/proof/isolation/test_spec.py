"""Reading isolation-tester specs."""

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.proof.isolation.spec import Blocker, Placed, all_permutations, parse_spec

SPEC = """
# two setups, a quoted name and every kind of marker
setup { CREATE TABLE t (a int); }
setup { INSERT INTO t VALUES (1) }
teardown { DROP TABLE t; }
session "s 1"
setup { BEGIN; }
step a { UPDATE t SET a = 2; }
step b { COMMIT; }
session s2
step c {
  SELECT 1;
}
teardown { ROLLBACK; }
permutation a c(*) b
permutation a(c, b notices 2) b c
"""


def test_parse_spec_keeps_blocks_and_markers() -> None:
    """Setups, sessions, steps and markers come out as they stand in the file."""
    spec = parse_spec(SPEC, "x.spec")
    assert spec.setups == ("CREATE TABLE t (a int);", "INSERT INTO t VALUES (1)")
    assert [session.name for session in spec.sessions] == ["s 1", "s2"]
    assert spec.sessions[1].steps == {"c": "\n  SELECT 1;\n"}
    assert spec.permutations[0][1] == Placed(step="c", blockers=(Blocker(kind="once"),))
    assert spec.permutations[1][0].blockers == (
        Blocker(kind="step", step="c"),
        Blocker(kind="notices", step="b", notices=2),
    )


def test_all_permutations_keep_each_sessions_order() -> None:
    """Without named permutations every merge of the sessions' steps comes, in the tester's order."""
    spec = parse_spec("session x step a {} step b {} session y step c {}", "x.spec")
    orders = ["".join(placed.step for placed in permutation) for permutation in all_permutations(spec)]
    assert orders == ["abc", "acb", "cab"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("session s step a { SELECT 1", "x.spec:1: got '{'"),
        ("setup { }\n\nstep a { }", "x.spec:3: got 'step'; expected session"),
        ("session s step a { }\npermutation b", "x.spec: got the step 'b' in a permutation"),
        ("setup { }", "x.spec:1: got the end of the file; expected session"),
        ("session s step a { }\npermutation a(b notices x)", "got 'x'; expected number"),
    ],
)
def test_parse_spec_refuses_with_the_place(text: str, message: str) -> None:
    """A mistake is named with file and line."""
    with pytest.raises(LeaseproofError) as caught:
        parse_spec(text, "x.spec")
    assert message in str(caught.value)

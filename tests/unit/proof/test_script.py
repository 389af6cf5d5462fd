"""The SQL file of a proof: statements as psql splits them, markers, values, a message for each mistake."""

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.proof.script import Command, gset_refusal, interpolate, parse_script

CLAIM = "-- A claim.\n"


def statements(sql: str) -> list[tuple[str, str | None]]:
    """Return the statements of a one-step file with their \\gset prefix."""
    step = parse_script(CLAIM + sql, "p.sql").steps[0]
    return [(command.sql, command.gset) for command in step.commands]


def refusal(sql: str) -> str:
    """Return the text of the error that a file is refused with."""
    with pytest.raises(LeaseproofError) as caught:
        parse_script(sql, "proofs/x/p.sql")
    return str(caught.value)


def test_parse_script_returns_claim_and_steps() -> None:
    """A file with markers gives its claim and each step with phase, session, line and statements."""
    text = (
        "-- A worker that lost its lease\n-- cannot complete.\n--\n-- More words.\n\n"
        "-- @setup enqueue: ingest\nSELECT 1;\n\n"
        "-- @step claim_a: worker_a\nSELECT 2 AS token \\gset a_\nSELECT :'a_token';\n"
        "-- @check after: owner\nSELECT 3;\n"
    )
    script = parse_script(text, "p.sql")
    assert script.claim == "A worker that lost its lease cannot complete."
    assert [(step.name, step.session, step.phase, step.line) for step in script.steps] == [
        ("enqueue", "ingest", "setup", 6),
        ("claim_a", "worker_a", "step", 9),
        ("after", "owner", "check", 12),
    ]
    assert script.steps[1].commands == (
        Command(sql="SELECT 2 AS token", gset="a_", line=10),
        Command(sql="SELECT :'a_token'", gset=None, line=11),
    )
    assert script.steps[1].sql == "SELECT 2 AS token \\gset a_\nSELECT :'a_token';"


def test_parse_script_without_marker_gives_one_step_named_attack() -> None:
    """A file without a marker is one step of the only session, down to its end without a semicolon."""
    (step,) = parse_script("-- A claim.\nSELECT 1;\nSELECT 2\n", "p.sql").steps
    assert (step.name, step.session, step.phase, step.line, step.sql) == (
        "attack",
        "",
        "step",
        2,
        "SELECT 1;\nSELECT 2",
    )
    assert [command.sql for command in step.commands] == ["SELECT 1", "SELECT 2"]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT ';'",
        "SELECT 'it''s;'",
        "SELECT E'\\';', 1",
        "SELECT e'a\\\\'",
        "SELECT 'a\\'",
        'SELECT ";"";"',
        "SELECT $$;$$",
        "SELECT $a$;$$;$b$;$a$",
        "SELECT a$b;c$",
        "SELECT 1 /* ; /* ; */ ; */ + 1",
        "SELECT 1 -- ; '\n + 1",
        "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
        "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC SELECT 1; END",
        "SELECT U&'\\0061;'",
        "SELECT $1;"[:-1],
    ],
)
def test_statement_keeps_what_psql_keeps_together(sql: str) -> None:
    """A semicolon in quotes, comments, parentheses and SQL-standard bodies ends nothing."""
    if sql == "SELECT a$b;c$":
        assert statements(sql + ";") == [("SELECT a$b", None), ("c$", None)]
    else:
        assert statements(f"{sql};\nSELECT 9;") == [(sql, None), ("SELECT 9", None)]


def test_begin_outside_a_routine_ends_at_its_semicolon() -> None:
    """BEGIN as a transaction statement is a statement of its own."""
    assert statements("BEGIN; SELECT 1; END;") == [("BEGIN", None), ("SELECT 1", None), ("END", None)]


def test_gset_ends_a_statement_with_its_prefix() -> None:
    """\\gset stands in place of the semicolon, with and without a prefix."""
    assert statements("SELECT 1 AS a \\gset\nSELECT 2 AS b\n \\gset 'p_'\nSELECT 3") == [
        ("SELECT 1 AS a", ""),
        ("SELECT 2 AS b", "p_"),
        ("SELECT 3", None),
    ]


def test_escaped_semicolon_joins_statements() -> None:
    """psql's \\; keeps statements in one query string."""
    assert statements("SELECT 1 \\; SELECT 2;") == [("SELECT 1  ; SELECT 2", None)]


def test_empty_statements_and_comments_are_not_sent() -> None:
    """Lone semicolons and comments give no statement; a comment inside one stays in it."""
    assert statements(";; -- nothing\n/* nothing */ SELECT 1 /* kept */ + 1;;") == [
        ("SELECT 1 /* kept */ + 1", None)
    ]


@pytest.mark.parametrize(
    ("sql", "answer"),
    [
        ("SELECT :'a'", "SELECT 'x''y'"),
        ('SELECT :"a"', 'SELECT "x\'y"'),
        ("SELECT :n + 1", "SELECT 7 + 1"),
        ("SELECT :'b'", "SELECT  E'back\\\\slash'"),
        ("SELECT ':n', $$:n$$, \":n\" -- :n\n/* :n */", "SELECT ':n', $$:n$$, \":n\" -- :n\n/* :n */"),
        ("SELECT '1'::int, x::n", "SELECT '1'::int, x::n"),
        ("SELECT :n::int", "SELECT 7::int"),
        ("SELECT f(p := 1)", "SELECT f(p := 1)"),
        ("SELECT a[1:n], a[b:n], a[f(1):n]", "SELECT a[1:n], a[b:n], a[f(1):n]"),
        ("SELECT a[:m]", "SELECT a[:m]"),
        ("SELECT a[1:2]", "SELECT a[1:2]"),
        ("SELECT ARRAY[:n, :n], ARRAY[:'a']", "SELECT ARRAY[7, 7], ARRAY['x''y']"),
    ],
)
def test_interpolate_replaces_what_psql_replaces(sql: str, answer: str) -> None:
    """Values go in as literal, identifier or text, and nowhere that psql would leave alone."""
    assert interpolate(sql, {"a": "x'y", "b": "back\\slash", "n": "7"}) == answer


def test_interpolate_names_an_undefined_value_with_its_place() -> None:
    """An unknown name is an error at its file and line that names the nearest known one."""
    step = parse_script("-- A claim.\n\nSELECT 1,\n  :'tokn';\n", "proofs/x/p.sql").steps[0]
    with pytest.raises(LeaseproofError) as caught:
        interpolate(step.commands[0], {"token": "1"})
    assert str(caught.value) == (
        "proofs/x/p.sql:4:3: got :'tokn', which has no value; expected a name that an earlier \\gset stored"
        ' (token so far); did you mean "token"?; note that \\gset leaves a NULL column unset\n'
        "  4 |   :'tokn'\n"
        "    |   ^^^^^^^"
    )


@pytest.mark.parametrize(
    ("rows", "answer"),
    [(0, "no rows returned for \\gset"), (1, None), (2, "more than one row returned for \\gset")],
)
def test_gset_refusal_is_what_psql_says(rows: int, answer: str | None) -> None:
    """\\gset wants exactly one row."""
    assert gset_refusal(rows) == answer


MISTAKES = {
    "SELECT 1;": "got a file that does not open with its claim; expected a comment on the first line",
    "-- C\n": "got a file without a statement; expected SQL below the claim",
    "-- C\nSELECT 'a": "got an unterminated quote '; expected its end",
    '-- C\nSELECT "a': 'got an unterminated quote "; expected its end',
    "-- C\nSELECT $x$ a": "got an unterminated quote $x$; expected its end",
    "-- C\n/* /* */": "got an unterminated comment /*; expected its end",
    "-- C\n\\echo hi\n": "got backslash command \\echo; expected SQL, \\gset or \\;",
    "-- C\nSELECT 1;\\gset\n": "got \\gset without a statement; expected it in place of the statement's"
    " semicolon",
    "-- C\nSELECT 1 \\gset a b\n": "got more than a prefix behind \\gset",
    "-- C\n-- @stp a: w\nSELECT 1;": 'got marker @stp; expected @setup, @step or @check; did you mean "s',
    "-- C\n-- @step a w\nSELECT 1;": "got a malformed marker; expected -- @step NAME: session",
    "-- C\n-- @step A: w\nSELECT 1;": "got step name 'A'; expected lower-case letters",
    "-- C\n-- @step a: W\nSELECT 1;": "got session name 'W'; expected lower-case letters",
    "-- C\n-- @step a: w\nSELECT 1;\n-- @step a: w\nSELECT 1;": "got step 'a' a second time (first on"
    " line 2)",
    "-- C\n-- @step a: w\n-- @step b: w\nSELECT 1;": "got step 'a' without a statement",
    "-- C\nSELECT 1;\n-- @step b: w\nSELECT 1;": "got a statement before the first marker",
    "-- C\n-- @step a: w\nSELECT 1\n-- @step b: w\nSELECT 1;": "got a statement that is not ended before"
    " the next marker",
    "-- C\n-- @step a: w\nSELECT 1; -- @step b: w\nSELECT 1;": "got a marker behind other text",
    "-- C\n-- @step a: w\n/*\n-- @step b: w\n*/ SELECT 1;": "got a marker inside a block comment",
    "-- C\n-- @step a: w\nSELECT $$\n-- @step b: w\n$$;": "got a marker inside a quoted text",
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.items())
def test_parse_script_refuses_each_mistake_with_its_own_message(text: str, message: str) -> None:
    """Each mistake in a file has its own sentence, its place and a caret."""
    got = refusal(text)
    assert message in got
    assert got.startswith("proofs/x/p.sql:")
    assert got.rstrip("^").endswith(" ")


def test_refusal_points_at_the_place() -> None:
    """The caret stands below the mistake, with tabs kept."""
    assert refusal("-- C\n-- @step a: w\nSELECT 1;\n-- @check\ta: w\nSELECT 1;").splitlines()[1:] == [
        "  4 | -- @check\ta: w",
        "    |          \t^",
    ]

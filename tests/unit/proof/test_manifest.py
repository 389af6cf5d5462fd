"""Manifests: what is read, and one message with its place for each mistake."""

from pathlib import Path

import pytest

from leaseproof.proof.manifest import Expectation, Outcome, ScheduleOverride, discover, load_proof
from leaseproof.proof.source import LARGEST_FILE_BYTES, ProofFileError

SQL = """-- A stale token cannot complete.

-- @setup enqueue: ingest
SELECT 1;

-- @step claim_a: worker_a
SELECT 2;

-- @step claim_b: worker_b
SELECT 3;

-- @step stale: worker_a
SELECT 4;

-- @check after: owner
SELECT 5;
"""

TOML = """id = "FC-05"
claim = "A stale token cannot complete."
invariant = "fencing"

[sessions]
ingest = "outbox_ingest"
worker_a = "outbox_executor"
worker_b = "outbox_executor"
owner = "owner"
"""


def write(root: Path, toml: str = TOML, sql: str = SQL, name: str = "fencing/stale") -> Path:
    """Write a pair and return the path of its SQL file."""
    path = root / "proofs" / f"{name}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(sql)
    path.with_suffix(".toml").write_text(toml)
    return path


def top(line: str) -> str:
    """Return the manifest with a line above its tables."""
    return TOML.replace("\n[sessions]", f"{line}\n[sessions]")


def refusal(root: Path, toml: str = TOML, sql: str = SQL) -> ProofFileError:
    """Return the error that a pair is refused with."""
    with pytest.raises(ProofFileError) as caught:
        load_proof(write(root, toml, sql), root)
    return caught.value


def test_load_proof_fills_what_is_not_written(tmp_path: Path) -> None:
    """A short manifest runs in file order, accepted, with the default timeout."""
    proof = load_proof(write(tmp_path), tmp_path)
    assert proof.path == "proofs/fencing/stale.sql"
    manifest = proof.manifest
    assert (manifest.id, manifest.invariant, manifest.accepted, manifest.timeout_ms) == (
        "FC-05",
        "fencing",
        True,
        10000,
    )
    assert manifest.schedule == (("claim_a", "claim_b", "stale"),)
    assert manifest.expect == {}
    assert manifest.outcome is None
    assert len(proof.digest) == 64


def test_load_proof_reads_every_key(tmp_path: Path) -> None:
    """Every key of the format reaches its field."""
    toml = (
        top(
            'covers = ["FC-05", "FC-06"]\nbreaks = ["lease_is_whole"]\naccepted = false\ntimeout_ms = 500\n'
            'requires = { max_prepared_transactions = 1 }\nfresh_database = true\nschedule = "every"\n'
            "max_schedules = 3\nsample = 2\nseed = 7"
        )
        + """
[expect]
stale = "P7002"
claim_a = { sqlstate = "23505", constraint = "c", message = "m", detail = "d", hint = "h", notice = "n" }

[expect.claim_b]
rows = [[1, true, "x"], []]
row_count = 2
blocks = ["worker_a"]

[outcome]
contest = ["stale", "claim_b"]
winners = 1
losers = ["P7002", "40001"]

[[outcome.schedules]]
order = ["claim_b", "claim_a", "stale"]
expect = { stale = "00000" }
"""
    )
    manifest = load_proof(write(tmp_path, toml), tmp_path).manifest
    assert (manifest.covers, manifest.breaks, manifest.accepted) == (
        ("FC-05", "FC-06"),
        ("lease_is_whole",),
        False,
    )
    assert (manifest.timeout_ms, manifest.requires, manifest.fresh_database) == (
        500,
        {"max_prepared_transactions": 1},
        True,
    )
    assert (manifest.schedule, manifest.max_schedules, manifest.sample, manifest.seed) == ("every", 3, 2, 7)
    assert manifest.expect == {
        "stale": Expectation(sqlstate="P7002"),
        "claim_a": Expectation(
            sqlstate="23505", constraint="c", message="m", detail="d", hint="h", notice="n"
        ),
        "claim_b": Expectation(rows=((1, True, "x"), ()), row_count=2, blocks=("worker_a",)),
    }
    assert manifest.outcome == Outcome(
        contest=("stale", "claim_b"),
        winners=1,
        losers=("P7002", "40001"),
        schedules=(
            ScheduleOverride(
                order=("claim_b", "claim_a", "stale"), expect={"stale": Expectation(sqlstate="00000")}
            ),
        ),
    )


def test_load_proof_gives_a_file_without_marker_the_only_session(tmp_path: Path) -> None:
    """The step of a one-step file runs in the manifest's one session."""
    toml = TOML.split("[sessions]")[0] + '[sessions]\nw = "stranger"\n'
    proof = load_proof(write(tmp_path, toml, "-- A stale token cannot complete.\nSELECT 1;"), tmp_path)
    assert [(step.name, step.session) for step in proof.script.steps] == [("attack", "w")]
    assert proof.manifest.schedule == (("attack",),)


@pytest.mark.parametrize("schedule", ['["claim_b", "claim_a", "stale"]', '[["claim_b", "claim_a", "stale"]]'])
def test_schedule_may_be_one_order_or_several(tmp_path: Path, schedule: str) -> None:
    """One list of names and a list of such lists both become orders."""
    proof = load_proof(write(tmp_path, top(f"schedule = {schedule}")), tmp_path)
    assert proof.manifest.schedule == (("claim_b", "claim_a", "stale"),)


def test_windows_line_ends_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    """What a Windows editor adds changes nothing but the digest."""
    path = write(tmp_path)
    plain = load_proof(path, tmp_path)
    for each in (path, path.with_suffix(".toml")):
        each.write_bytes(b"\xef\xbb\xbf" + each.read_bytes().replace(b"\n", b"\r\n"))
    marked = load_proof(path, tmp_path)
    assert (marked.script, marked.manifest) == (plain.script, plain.manifest)
    assert marked.digest != plain.digest


UNIQUE = {
    "unknown_key": (
        top("time_out = 5"),
        4,
        "got unknown key 'time_out'; expected one of id, claim",
        '"timeout_ms"?',
    ),
    "unknown_key_in_expect": (
        TOML + '[expect]\nstale = { sqlstat = "P7002" }\n',
        11,
        "got unknown key 'sqlstat' in [expect.stale]; expected one of sqlstate",
        'did you mean "sqlstate"?',
    ),
    "unknown_key_in_outcome": (
        TOML + "[outcome]\nwinner = 1\n",
        11,
        "got unknown key 'winner' in [outcome]; expected one of contest, winners",
        'did you mean "winners"?',
    ),
    "wrong_type": (
        top('timeout_ms = "5"'),
        4,
        'got a string, "5", for timeout_ms; expected milliseconds',
        "^",
    ),
    "boolean_is_no_integer": (
        top("timeout_ms = true"),
        4,
        "got a boolean, true, for timeout_ms; expected milli",
        "^",
    ),
    "wrong_type_in_a_row": (
        TOML + "[expect]\nstale = { rows = [[1], [\n  2.5]] }\n",
        12,
        "got a float, 2.5, for expect.stale.rows[1][0]; expected a string, an integer, true or false",
        "|   2.5]] }",
    ),
    "date": (
        top("seed = 2020-01-01"),
        4,
        "got a date, 2020-01-01, for seed; expected an integer from 0",
        "^",
    ),
    "table_for_a_text": (
        top("id2 = 1").replace('id = "FC-05"', "id.x = 1"),
        1,
        "got a table for id; expected an id",
        "^",
    ),
    "missing_key": (
        TOML.replace('id = "FC-05"\n', ""),
        0,
        "got no 'id' in this manifest; expected an id",
        "add id",
    ),
    "empty_sessions": (
        TOML.split("ingest")[0],
        5,
        "got an empty table; expected a table: session = role",
        "^^",
    ),
    "bad_id": (
        TOML.replace("FC-05", "FC 05"),
        1,
        'got "FC 05" for id; expected an id such as "FC-05"',
        "^^^^^^^",
    ),
    "no_toml": (top("x = = 1"), 4, "got no valid TOML: Invalid value; expected key = value", "^"),
    "doubled_key": (top('id = "x"'), 4, "got no valid TOML: Cannot overwrite a value", "^"),
    "open_string": (TOML + '"', 10, "got no valid TOML:", "^"),
    "unknown_step_in_expect": (
        TOML + '[expect]\nstael = "P7002"\n',
        11,
        "got an expectation for step 'stael', which the SQL file does not have; expected one of enqueue,"
        " claim_a",
        'did you mean "stale"?',
    ),
    "unknown_session_in_blocks": (
        TOML + '[expect]\nstale = { blocks = ["worker_b", "worker_x"] }\n',
        11,
        "got session 'worker_x'; expected one of ingest, worker_a",
        "^^^^^^^^^^",
    ),
    "unknown_role": (
        TOML.replace('worker_b = "outbox_executor"', 'worker_b = "outbox_exectuor"'),
        8,
        'got "outbox_exectuor" for sessions.worker_b; expected a role: owner, superuser, outbox_ingest',
        'did you mean "outbox_executor"?',
    ),
    "bad_session_name": (
        TOML + '"W 1" = "owner"\n',
        10,
        "got 'W 1'; expected the name of a session",
        "^^^^^",
    ),
    "unused_session": (
        TOML + 'worker_c = "owner"\n',
        10,
        "got session 'worker_c', which no step uses; expected each session in a marker",
        "^^^^^^^^",
    ),
    "sqlstate_not_five": (
        TOML + '[expect]\nstale = "P702"\n',
        11,
        'got "P702" for expect.stale; expected a SQLSTATE: five characters',
        "^^^^^^",
    ),
    "sqlstate_lower_case": (
        TOML + '[expect]\nstale = "p7002"\n',
        11,
        'got "p7002" for expect.stale; expected a S',
        "^",
    ),
    "sqlstate_in_losers": (
        top('schedule = "every"') + '[outcome]\nwinners = 1\nlosers = ["P7002", "7002"]\n',
        12,
        'got "7002" for outcome.losers[1]; expected a SQLSTATE',
        "^^^^^^",
    ),
    "claim_differs": (
        TOML.replace("A stale token", "A stale lease"),
        2,
        'got a claim that differs from the SQL file\'s; expected "A stale token cannot complete."',
        "make the two equal",
    ),
    "schedule_word": (
        top('schedule = "evry"'),
        4,
        'got "evry" for schedule; expected "every"',
        'did you mean "every"?',
    ),
    "schedule_unknown_step": (
        top('schedule = ["claim_a", "clam_b", "stale"]'),
        4,
        "got unknown step 'clam_b'; expected one of claim_a, claim_b, stale",
        'did you mean "claim_b"?',
    ),
    "schedule_setup_step": (
        top('schedule = ["enqueue", "claim_a", "claim_b", "stale"]'),
        4,
        "got @setup step 'enqueue' in a schedule; expected @step steps only: enqueue always runs before them",
        "^^^^^^^^^",
    ),
    "schedule_check_step": (
        top('schedule = ["claim_a", "claim_b", "stale", "after"]'),
        4,
        "got @check step 'after' in a schedule; expected @step steps only: after always runs after them",
        "^^^^^^^",
    ),
    "schedule_missing_step": (
        top('schedule = [["claim_a", "claim_b", "stale"], ["claim_a", "claim_b"]]'),
        4,
        "got an order without stale; expected every @step step once; add 'stale'",
        "^" * len('["claim_a", "claim_b"]'),
    ),
    "free_orders_without_orders": (
        top('free_orders = true\nschedule = "every"'),
        4,
        "got free_orders without written orders; expected schedule = [[...], ...]",
        "^^^^^^^^^^^",
    ),
    "free_orders_that_leave_a_step_out_everywhere": (
        top('free_orders = true\nschedule = [["claim_b", "claim_a"], ["claim_a"]]'),
        5,
        "got no order with stale; expected every @step step in at least one",
        "add 'stale' to one",
    ),
    "free_orders_with_winners": (
        top('free_orders = true\nschedule = ["stale", "claim_b", "claim_a"]')
        + '[outcome]\nwinners = 1\nlosers = "P7002"\n',
        12,
        "got winners with free_orders; expected what each order answers in [[outcome.schedules]]",
        "^^^^^^^",
    ),
    "schedule_doubled_step": (
        top('schedule = ["claim_a", "claim_a", "claim_b", "stale"]'),
        4,
        "got step 'claim_a' twice in one order; expected each step once",
        "^^^^^^^^^",
    ),
    "schedule_against_a_session": (
        top('schedule = ["stale", "claim_b", "claim_a"]'),
        4,
        "got step 'stale' before 'claim_a'; expected each session's steps in the order of the SQL file",
        "worker_a runs 'claim_a' first",
    ),
    "too_many_interleavings": (
        top('schedule = "every"\nmax_schedules = 2'),
        4,
        "got 3 interleavings of 3 steps (2 of worker_a and 1 of worker_b); expected at most 2; set"
        " max_schedules = 3",
        "^^^^^^^",
    ),
    "sample_without_every": (
        top("sample = 2"),
        4,
        'got sample without schedule = "every"; expected both',
        "^^^^^^",
    ),
    "seed_without_sample": (
        top('schedule = "every"\nseed = 2'),
        5,
        "got seed without sample; expected both",
        "^^^^",
    ),
    "losers_without_contest": (
        TOML + '[outcome]\ncontest = ["stale"]\nlosers = "P7002"\n',
        12,
        "got losers without a contest; expected at least two contested steps, got 1 (stale)",
        "^^^^^^",
    ),
    "winners_without_contest": (
        TOML + '[outcome]\ncontest = ["stale"]\nwinners = 1\n',
        12,
        "got winners without a contest; expected at least two contested steps, got 1 (stale)",
        "^^^^^^^",
    ),
    "losers_without_winners": (
        TOML + '[outcome]\nlosers = "P7002"\n',
        11,
        "got losers without winners; expected",
        "^",
    ),
    "winners_without_losers": (
        TOML + "[outcome]\nwinners = 1\n",
        11,
        "got 1 of 2 contested steps as winners and no",
        "^",
    ),
    "too_many_winners": (
        TOML + '[outcome]\nwinners = 3\nlosers = "P7002"\n',
        11,
        "got 3 winners of 2 contested steps (stale, claim_b); expected at most 2",
        "^",
    ),
    "success_as_loser": (
        TOML + '[outcome]\nwinners = 1\nlosers = "00000"\n',
        12,
        "got 00000, which is success",
        "^",
    ),
    "unknown_contested_step": (
        TOML + '[outcome]\ncontest = ["stale", "clam_b"]\n',
        11,
        "got 'clam_b' in the contest; expected @step steps: claim_a, claim_b, stale",
        'did you mean "claim_b"?',
    ),
    "override_unknown_step": (
        TOML
        + '[[outcome.schedules]]\norder = ["claim_a", "claim_b", "stale"]\nexpect = { stael = "P7002" }\n',
        12,
        "got an expectation for step 'stael', which the SQL file does not have",
        "^^^^^",
    ),
    "override_of_another_order": (
        TOML
        + '[[outcome.schedules]]\norder = ["claim_b", "claim_a", "stale"]\nexpect = { stale = "P7002" }\n',
        11,
        "got an order that the schedule does not run; expected one of its orders",
        "^",
    ),
}


def test_free_orders_may_leave_steps_out_and_order_a_session_anew(tmp_path: Path) -> None:
    """With free_orders only what is unknown, doubled or in no order at all is refused."""
    path = write(tmp_path, top('free_orders = true\nschedule = [["stale", "claim_a"], ["claim_b"]]'))
    proof = load_proof(path, tmp_path)
    assert proof.manifest.schedule == (("stale", "claim_a"), ("claim_b",))


@pytest.mark.parametrize(("toml", "line", "message", "also"), UNIQUE.values(), ids=UNIQUE)
def test_load_proof_refuses_each_mistake_with_its_own_message(
    tmp_path: Path, toml: str, line: int, message: str, also: str
) -> None:
    """Each mistake in a manifest is refused with its own sentence, on its own line."""
    error = refusal(tmp_path, toml)
    assert message in str(error)
    assert also in str(error)
    assert (error.path, error.line) == ("proofs/fencing/stale.toml", line)


def test_unknown_session_in_a_marker_is_shown_in_the_sql_file(tmp_path: Path) -> None:
    """A marker's session without a role is pointed at where it stands, with the nearest known one."""
    error = refusal(tmp_path, sql=SQL.replace("stale: worker_a", "stale: worker_aa"))
    assert str(error) == (
        "proofs/fencing/stale.sql:12:17: got session 'worker_aa', which the manifest gives no role;"
        " expected one of "
        'ingest, worker_a, worker_b, owner; did you mean "worker_a"?; or add worker_aa ='
        ' "outbox_executor" below [sessions]\n'
        "  12 | -- @step stale: worker_aa\n"
        "     |                 ^^^^^^^^^"
    )


def test_file_without_marker_needs_one_session(tmp_path: Path) -> None:
    """Two sessions and no marker leave open who runs the statements."""
    error = refusal(tmp_path, sql="-- A stale token cannot complete.\nSELECT 1;")
    assert "got 4 sessions for a SQL file without a marker; expected exactly one" in str(error)
    assert error.line == 5


def test_schedule_needs_scheduled_steps(tmp_path: Path) -> None:
    """A schedule over nothing is refused."""
    sql = SQL.replace("@step", "@check")
    assert "got a schedule for a SQL file without @step" in str(
        refusal(tmp_path, top('schedule = "every"'), sql)
    )


def test_interleavings_are_counted_exactly(tmp_path: Path) -> None:
    """The refusal says the multinomial count, also a large one."""
    steps = "".join(f"-- @step {session}{n}: {session}\nSELECT 1;\n" for session in "abc" for n in range(6))
    sessions = '[sessions]\na = "owner"\nb = "owner"\nc = "owner"\n'
    toml = f'id = "X"\nclaim = "C."\ninvariant = "x"\nschedule = "every"\n{sessions}'
    error = refusal(tmp_path, toml, "-- C.\n" + steps)
    assert "got 17,153,136 interleavings of 18 steps (6 of a and 6 of b and 6 of c)" in str(error)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "got an empty file; expected a proof"),
        (b"\xef\xbb\xbf\r\n", "got an empty file; expected a proof"),
        (
            b"-- C.\n-- caf\xe9\n",
            "got byte 0xe9, which is not UTF-8; expected UTF-8 text; save the file as UTF-8",
        ),
        (b"-- C.\nSELECT '\0';", "got a NUL character; expected text; remove it"),
        (b"-" * (LARGEST_FILE_BYTES + 1), "got a file of 1,000,001 bytes; expected at most 1,000,000"),
    ],
)
def test_unreadable_file_is_refused_with_a_sentence(tmp_path: Path, content: bytes, message: str) -> None:
    """What is no text of a sane size never reaches a parser."""
    path = write(tmp_path)
    path.write_bytes(content)
    with pytest.raises(ProofFileError) as caught:
        load_proof(path, tmp_path)
    assert message in str(caught.value)


def test_byte_that_is_not_utf8_has_its_place(tmp_path: Path) -> None:
    """The line and column of the first bad byte are named."""
    path = write(tmp_path)
    path.with_suffix(".toml").write_bytes(b'id = "x"\nclaim = "caf\xe9"\n')
    with pytest.raises(ProofFileError) as caught:
        load_proof(path, tmp_path)
    assert (caught.value.line, caught.value.column) == (2, 13)


def test_discover_returns_sorted_proofs_and_one_problem_for_each_bad_pair(tmp_path: Path) -> None:
    """Good pairs are returned although others are bad; both lists are sorted by path."""
    write(tmp_path, name="b/two", toml=TOML.replace("FC-05", "FC-02"))
    write(tmp_path, name="a/one", toml=TOML.replace("FC-05", "FC-01"))
    write(tmp_path, name="c/bad", toml="x = 1")
    proofs, problems = discover(tmp_path / "proofs")
    assert [proof.path for proof in proofs] == ["proofs/a/one.sql", "proofs/b/two.sql"]
    assert [problem.path for problem in problems] == ["proofs/c/bad.toml"]


def test_discover_refuses_two_proofs_with_one_id(tmp_path: Path) -> None:
    """The second in path order is refused and names the first."""
    write(tmp_path, name="a/one")
    write(tmp_path, name="b/two")
    proofs, problems = discover(tmp_path / "proofs")
    assert [proof.path for proof in proofs] == ["proofs/a/one.sql"]
    assert str(problems[0]).startswith(
        'proofs/b/two.toml:1:6: got id "FC-05", which proofs/a/one.sql has too; expected an id of its own'
    )


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        (
            ".toml",
            "proofs/a/one.sql: got this file alone; expected a pair; proofs/a/one.toml is missing; "
            "make it with: ./scripts/invoke proofs.record proofs/a/one.sql",
        ),
        (
            ".sql",
            "proofs/a/one.toml: got this file alone; expected a pair; proofs/a/one.sql is missing; "
            "make it with: ./scripts/invoke proofs.new a/one",
        ),
    ],
)
def test_discover_refuses_a_lone_file_with_the_command_that_makes_the_other(
    tmp_path: Path, gone: str, message: str
) -> None:
    """A lone file says which is missing and how to make it."""
    write(tmp_path, name="a/one").with_suffix(gone).unlink()
    proofs, problems = discover(tmp_path / "proofs")
    assert (proofs, [str(problem) for problem in problems]) == ((), [message])

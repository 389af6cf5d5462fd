"""The engine on a real server: waits that nothing ends, orders that cannot happen, strangers."""

from collections.abc import Callable

import pytest

from leaseproof.database.wire import Wire
from leaseproof.proof.manifest import Proof
from leaseproof.proof.pool import Pool
from leaseproof.proof.runner import run_proof

WritePair = Callable[[str, str], Proof]
ONE = '[sessions]\na = "owner"\n'
TWO = '[sessions]\na = "owner"\nb = "owner"\n'
LOCKED = """-- @step lock: a
BEGIN;
UPDATE accounts SET balance = 0 WHERE name = 'checking';

-- @step wait: b
UPDATE accounts SET balance = 1 WHERE name = 'checking';
"""


def test_wait_that_no_step_ends_is_a_hang(write_pair: WritePair, pool: Pool) -> None:
    """The schedule ends, and says who waited for whom."""
    result = run_proof(write_pair(LOCKED, TWO), pool)
    assert result.result == "failed"
    (schedule,) = result.schedules
    assert schedule.problems == (
        "step wait: hangs: it waits for a, and no step is left that could end the wait; expected it to end",
    )


def test_hang_that_is_expected_is_green(write_pair: WritePair, pool: Pool) -> None:
    """A proof may show that something waits for ever."""
    expected = '[expect]\nwait = { sqlstate = "57014", blocks = ["a"] }\n'
    assert run_proof(write_pair(LOCKED, TWO + expected), pool).result == "passed"


def test_step_of_a_waiting_session_makes_a_written_order_impossible(
    write_pair: WritePair, pool: Pool
) -> None:
    """It is reported as such, with the step that waits and whom it waits for."""
    result = run_proof(write_pair(LOCKED + "\n-- @step next: b\nSELECT 1;\n", TWO), pool)
    (schedule,) = result.schedules
    assert not schedule.feasible
    assert schedule.problems == (
        "this order cannot happen: step 'next' cannot be launched: its session 'b' still waits for a in step"
        " 'wait'",
    )


def test_every_order_leaves_out_what_cannot_happen(write_pair: WritePair, pool: Pool) -> None:
    """Lock and commit in two sessions: of six merges two overlap wrongly; they are counted, not run."""
    steps = """-- @step lock_a: a
BEGIN;
UPDATE accounts SET balance = balance - 1 WHERE name = 'checking';

-- @step commit_a: a
COMMIT;

-- @step lock_b: b
BEGIN;
UPDATE accounts SET balance = balance - 1 WHERE name = 'checking';

-- @step commit_b: b
COMMIT;

-- @check rest: a
SELECT balance FROM accounts WHERE name = 'checking';
"""
    manifest = 'schedule = "every"\n' + TWO + "[expect]\nrest = { rows = [[598]] }\n"
    result = run_proof(write_pair(steps, manifest), pool)
    assert result.result == "passed"
    assert (result.schedules_run, result.schedules_infeasible, result.waits) == (4, 2, 2)


def test_every_order_goes_on_after_a_hang_that_was_cancelled(write_pair: WritePair, pool: Pool) -> None:
    """The first waiting session is cancelled, rolls back, and so lets the other one through."""
    steps = """-- @setup hold: owner
BEGIN;
UPDATE accounts SET balance = 1 WHERE name = 'checking';

-- @step both_a: a
BEGIN;
UPDATE accounts SET balance = 2 WHERE name = 'savings';
UPDATE accounts SET balance = 2 WHERE name = 'checking';

-- @step back_a: a
ROLLBACK;

-- @step savings_b: b
UPDATE accounts SET balance = 3 WHERE name = 'savings';
"""
    manifest = (
        'schedule = "every"\n[sessions]\nowner = "owner"\na = "owner"\nb = "owner"\n'
        '[expect]\nboth_a = { sqlstate = "57014", blocks = ["owner"] }\nsavings_b = { row_count = 1 }\n'
    )
    result = run_proof(write_pair(steps, manifest), pool)
    assert result.result == "passed", [schedule.problems for schedule in result.schedules]
    assert (result.schedules_run, result.schedules_infeasible) == (2, 1)


def test_sampled_orders_are_named_with_their_seed(write_pair: WritePair, pool: Pool) -> None:
    """Sampling is said, so that nobody takes it for all."""
    steps = "".join(
        f"-- @step {name}{number}: {name}\nSELECT 1;\n\n" for name in "ab" for number in (1, 2, 3)
    )
    result = run_proof(write_pair(steps, 'schedule = "every"\nsample = 5\nseed = 11\n' + TWO), pool)
    assert (result.result, result.schedules_run) == ("passed", 5)
    assert "seed 11" in result.reason


def test_wait_for_a_stranger_ends_by_the_timeout_and_is_named(write_pair: WritePair, pool: Pool) -> None:
    """A lock of a client that is no session of the proof is not taken for a block of ours."""
    proof = write_pair("-- @step wait: a\nBEGIN; LOCK TABLE accounts;\n", f"timeout_ms = 600\n{ONE}")
    pool.take()
    run = pool.run
    arena = pool.take()
    stranger = Wire.connect(run.conninfo(arena.database), application_name="somebody")
    stranger.run("BEGIN; LOCK TABLE accounts IN ACCESS SHARE MODE")
    result = run_proof(proof, pool)
    stranger.close()
    assert result.schedules[0].steps[0].waited is False
    assert "57014" in result.schedules[0].problems[0]
    assert (
        "after waiting for Lock relation, held up by another client, somebody"
        in result.schedules[0].problems[0]
    )


def test_sleep_is_not_taken_for_a_block(write_pair: WritePair, pool: Pool) -> None:
    """A step that is slow by itself is waited for."""
    proof = write_pair("-- @step slow: a\nSELECT pg_sleep(0.05);\n\n-- @step fast: b\nSELECT 1;\n", TWO)
    result = run_proof(proof, pool)
    assert result.result == "passed"
    assert result.waits == 0


def test_failed_setup_stops_the_schedule(write_pair: WritePair, pool: Pool) -> None:
    """What rests on a failed setup is not tried, and only the setup is reported."""
    result = run_proof(
        write_pair("-- @setup first: a\nSELECT 1/0;\n\n-- @step next: b\nSELECT 1;\n", TWO), pool
    )
    (schedule,) = result.schedules
    assert [step.step for step in schedule.steps] == ["first"]
    assert schedule.problems == ("step first: expected 00000 (success), got 22012: division by zero",)


def test_value_without_a_row_fails_the_step_that_should_have_stored_it(
    write_pair: WritePair, pool: Pool
) -> None:
    """\\gset of nothing is an error of the step, and names the reason."""
    result = run_proof(write_pair("-- @step none: a\nSELECT 1 AS x WHERE false \\gset\n", ONE), pool)
    assert result.schedules[0].problems == (
        "step none: expected 00000 (success), got 02000: no rows returned for \\gset",
    )


def test_invariant_that_breaks_unannounced_is_red(write_pair: WritePair, pool: Pool) -> None:
    """Whatever the steps answered."""
    leave = "-- @step leave: a\nUPDATE doctors SET on_call = false;\n"
    result = run_proof(write_pair(leave, ONE), pool)
    assert result.result == "failed"
    assert result.schedules[0].violations == ("somebody_is_on_call",)
    announced = run_proof(write_pair(leave, 'breaks = ["somebody_is_on_call"]\n' + ONE), pool)
    assert announced.result == "passed"
    assert announced.invariants_checked == 2


@pytest.mark.parametrize(
    ("breaks", "says"),
    [("no_negative_balance", "held all the time"), ("nonsense", "is no standing invariant")],
)
def test_break_that_does_not_happen_is_red(breaks: str, says: str, write_pair: WritePair, pool: Pool) -> None:
    """An invariant that a proof says it breaks must exist and break."""
    result = run_proof(write_pair("-- @step look: a\nSELECT 1;\n", f'breaks = ["{breaks}"]\n{ONE}'), pool)
    assert result.result == "failed"
    assert says in result.reason


def test_invariant_that_cannot_be_read_counts_as_broken(write_pair: WritePair, pool: Pool) -> None:
    """A proof that drops the table of an invariant has not kept it; the next proof starts afresh."""
    result = run_proof(write_pair("-- @step drop: a\nDROP TABLE doctors;\n", ONE), pool)
    assert result.schedules[0].violations == ("somebody_is_on_call",)
    assert run_proof(write_pair("-- @step look: a\nSELECT FROM doctors;\n", ONE), pool).result == "passed"


def test_manifest_that_nobody_accepted_is_red(write_pair: WritePair, pool: Pool) -> None:
    """Recorded answers are no proof until a person has read them."""
    result = run_proof(write_pair("-- @step look: a\nSELECT 1;\n", "accepted = false\n" + ONE), pool)
    assert result.result == "failed"
    assert "delete accepted = false" in result.reason


def test_requirement_that_the_server_lacks_is_not_applicable(write_pair: WritePair, pool: Pool) -> None:
    """The reason says what was needed and what is there."""
    steps = "-- @step look: a\nSELECT 1;\n"
    needing = run_proof(write_pair(steps, "requires = { max_connections = 100000 }\n" + ONE), pool)
    assert (needing.result, needing.schedules_run) == ("not_applicable", 0)
    assert needing.reason == "needs max_connections >= 100000; this server has 200"
    assert (
        run_proof(write_pair(steps, "requires = { max_connections = 10 }\n" + ONE), pool).result == "passed"
    )


def test_connection_lost_in_the_middle_of_a_step_is_its_outcome(write_pair: WritePair, pool: Pool) -> None:
    """A session that ends itself answers 57P01; the others go on."""
    steps = "-- @step end: a\nSELECT pg_terminate_backend(pg_backend_pid());\n\n-- @step on: b\nSELECT 1;\n"
    result = run_proof(write_pair(steps, TWO + '[expect]\nend = "57P01"\n'), pool)
    assert result.result == "passed", result.schedules


def test_control_role_comes_by_session_authorization(write_pair: WritePair, pool: Pool) -> None:
    """A role that nobody may log in as is assumed, also on a connection that served before."""
    expected = '[expect]\nwho = { rows = [["outbox_control", "outbox_control"]] }\n'
    manifest = '[sessions]\na = "outbox_control"\n' + expected
    proof = write_pair("-- @step who: a\nSELECT session_user, current_user;\n", manifest)
    assert [run_proof(proof, pool).result for _ in range(3)] == ["passed"] * 3


def test_proof_of_an_unknown_server_error_retires_the_database(write_pair: WritePair, pool: Pool) -> None:
    """When the engine itself loses its connection, the proof is an error and the next one runs."""
    killing = write_pair(
        "-- @step kill: a\nSELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE"
        " datname = current_database() AND pid <> pg_backend_pid();\n",
        ONE,
    )
    assert run_proof(killing, pool).result == "error"
    proof = write_pair("-- @step look: a\nSELECT 1;\n", ONE)
    assert run_proof(proof, pool).result == "passed"

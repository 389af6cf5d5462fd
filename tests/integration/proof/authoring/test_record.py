"""proofs.record against a real server: what it writes is green once accepted, and what was accepted stays."""

from pathlib import Path

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.proof.manifest import load_proof
from leaseproof.proof.pool import Pool
from leaseproof.proof.record import record
from leaseproof.proof.runner import run_proof
from leaseproof.proof.scaffold import new_pair

CLAIM_AND_COMPLETE = """-- A wrong token is refused and nothing is written.

-- @setup enqueue: ingest
SELECT outbox_id, sequence_id, state
  FROM enqueue_payment_outbox('i-1', 'p-1', 'k-1', 'RTGS', '{"amount": "1.00"}') \\gset

-- @step claim: worker
SELECT lease_token, lease_epoch, participant_id, leased_at FROM claim_outbox_batch(1, 'worker-1', 30) \\gset

-- @step attack: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', gen_random_uuid(), 'worker-1', 'DISPATCHED');

-- @check ledger: owner
SELECT outbox_id, state FROM payment_outbox_attempts;
"""


def write(root: Path, text: str, name: str = "fencing/wrong_token") -> Path:
    """Write a SQL file."""
    path = root / "proofs" / f"{name}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_recorded_manifest_is_red_until_accepted_and_green_then(tmp_path: Path, model_pool: Pool) -> None:
    """The manifest says what came back, random values as "*", and is refused until a person accepts it."""
    sql = write(tmp_path, CLAIM_AND_COMPLETE)
    recording = record(sql, root=tmp_path, pool=model_pool, roles={})
    assert recording.text == (
        "#:schema ../../docs/proof-manifest.schema.json\n"
        'id = "FE-40"\n'
        'claim = "A wrong token is refused and nothing is written."\n'
        'invariant = "fencing"\n'
        "# Recorded by proofs.record from what the server answered; nobody has accepted it yet.\n"
        "# Read every line: is it what the claim says? Sharpen it, then delete this comment and the line"
        " below.\n"
        "accepted = false\n"
        "\n"
        "[sessions]\n"
        'ingest = "outbox_ingest"\n'
        'worker = "outbox_executor"\n'
        'owner = "owner"\n'
        "\n"
        "[expect]\n"
        'enqueue = { rows = [["*", 1, "PENDING"]] }\n'
        'claim = { rows = [["*", 1, "p-1", "*"]] }\n'
        'attack = "P7002"\n'
        "ledger = { rows = [] }\n"
    )
    sql.with_suffix(".toml").write_text(recording.text)
    unread = run_proof(load_proof(sql, tmp_path), model_pool)
    assert (unread.result, "nobody has accepted it" in unread.reason) == ("failed", True)
    sql.with_suffix(".toml").write_text(recording.text.replace("accepted = false\n", ""))
    assert run_proof(load_proof(sql, tmp_path), model_pool).result == "passed"


def test_scaffolded_pair_is_green_and_has_nothing_to_record(tmp_path: Path, model_pool: Pool) -> None:
    """What proofs.new makes runs at once, and recording it changes nothing."""
    sql, _ = new_pair("fencing/a_random_token_is_refused", root=tmp_path)
    assert run_proof(load_proof(sql, tmp_path), model_pool).result == "passed"
    assert record(sql, root=tmp_path, pool=model_pool, roles={}).changed is False


def test_record_keeps_what_still_holds_and_changes_only_what_is_contradicted(
    tmp_path: Path, model_pool: Pool
) -> None:
    """Comments, accepted expectations and order of an existing manifest survive a recording."""
    sql = write(tmp_path, CLAIM_AND_COMPLETE)
    manifest = (
        '# kept\nid = "FC-02"\nclaim = "A wrong token is refused and nothing is written."\n'
        'invariant = "fencing" # kept\ntimeout_ms = 5000\n'
        '[sessions]\ningest = "outbox_ingest"\nworker = "outbox_executor"\nowner = "owner"\n'
        '[expect] # kept\nattack = { sqlstate = "P7003", message = "x" } # wrong\nclaim = { row_count = 1'
        " } # looser, kept\n"
    )
    sql.with_suffix(".toml").write_text(manifest)
    recording = record(sql, root=tmp_path, pool=model_pool, roles={})
    assert recording.accepted is True
    assert recording.text == manifest.replace(
        '{ sqlstate = "P7003", message = "x" } # wrong', '"P7002" # wrong'
    ).replace("# kept\ntimeout", "# kept\naccepted = false\ntimeout")
    assert "-attack = " in recording.difference()
    assert sql.with_suffix(".toml").read_text() == manifest


def test_record_of_every_interleaving_finds_the_contest(tmp_path: Path, model_pool: Pool) -> None:
    """Two workers with one token: one wins in each order, the other is refused."""
    call = "complete_outbox_attempt(:'outbox_id', :'lease_token', 'w', 'DISPATCHED')"
    attack = f"SELECT attempt_no, state FROM {call};\n"
    sql = write(
        tmp_path,
        "-- One of two completions wins.\n\n"
        "-- @setup prepare: owner\n"
        "SELECT outbox_id FROM enqueue_payment_outbox('i', 'p', 'k', 'RTGS', '{}') \\gset\n"
        "-- @setup claim: worker_a\nSELECT lease_token FROM claim_outbox_batch(1, 'w', 30) \\gset\n"
        "-- @step begin_a: worker_a\nBEGIN;\n"
        f"-- @step complete_a: worker_a\n{attack}COMMIT;\n"
        "-- @step begin_b: worker_b\nBEGIN;\n"
        f"-- @step complete_b: worker_b\n{attack}COMMIT;\n",
    )
    recording = record(sql, root=tmp_path, pool=model_pool, roles={}, every=True)
    assert 'accepted = false\nschedule = "every"\n' in recording.text
    assert '\n[outcome]\nwinners = 1\nlosers = "P7002"\n' in recording.text
    sql.with_suffix(".toml").write_text(recording.text.replace("accepted = false\n", ""))
    result = run_proof(load_proof(sql, tmp_path), model_pool)
    assert (result.result, result.schedules_run) == ("passed", 6)


def test_record_of_too_many_interleavings_is_refused_with_their_number(
    tmp_path: Path, model_pool: Pool
) -> None:
    """More than a thousand orders are not run by the way."""
    steps = [f"-- @step {each}_{index}: owner_{each}\nSELECT 1;\n" for each in "abc" for index in range(4)]
    sql = write(tmp_path, "-- C.\n\n" + "".join(steps))
    with pytest.raises(LeaseproofError, match="got 34,650 interleavings to record; expected at most 1,000"):
        record(sql, root=tmp_path, pool=model_pool, roles={}, every=True)


def test_record_writes_who_waited_for_whom(tmp_path: Path, model_pool: Pool) -> None:
    """A step that waits for a lock is recorded with its blocker."""
    sql = write(
        tmp_path,
        "-- A lock is waited for.\n\n"
        "-- @step hold: owner_a\nBEGIN; LOCK outbox_settings;\n"
        "-- @step wait: owner_b\nSELECT retry_ceiling FROM outbox_settings;\n"
        "-- @step release: owner_a\nCOMMIT;\n",
    )
    text = record(sql, root=tmp_path, pool=model_pool, roles={}).text
    assert 'wait = { rows = [[20]], blocks = ["owner_a"] }\n' in text


def test_record_marks_a_slip_and_a_guess(tmp_path: Path, model_pool: Pool) -> None:
    """A syntax error is recorded with a question, and so is a role that nobody said."""
    sql = write(tmp_path, "-- C.\nSELEC 1;\n")
    text = record(sql, root=tmp_path, pool=model_pool, roles={}).text
    assert 'attack = "42601"  # a slip in the SQL, or the attack?\n' in text
    named = record(
        write(tmp_path, "-- C.\n\n-- @step a: bob\nSELECT 1;\n"), root=tmp_path, pool=model_pool, roles={}
    ).text
    assert 'bob = "outbox_executor"  # a guess' in named


def test_record_takes_the_role_of_the_only_session(tmp_path: Path, model_pool: Pool) -> None:
    """A file without a marker runs as the role of --role."""
    sql = write(tmp_path, "-- A stranger reads nothing.\nSELECT * FROM payment_outbox_pending;\n")
    text = record(sql, root=tmp_path, pool=model_pool, roles={"": "stranger"}).text
    assert '[sessions]\nworker = "stranger"\n' in text
    assert 'attack = "42501"\n' in text


def test_record_names_the_invariants_that_an_attack_breaks(tmp_path: Path, model_pool: Pool) -> None:
    """A forgery that a standing invariant notices is recorded as a question."""
    sql = write(
        tmp_path,
        "-- A payment that vanishes is noticed.\n\n-- @setup enqueue: ingest\n"
        "SELECT outbox_id FROM enqueue_payment_outbox('i', 'p', 'k', 'RTGS', '{}') \\gset\n"
        "-- @step forge: owner\nSET session_replication_role = replica; DELETE FROM"
        " payment_outbox_pending;\n",
    )
    text = record(sql, root=tmp_path, pool=model_pool, roles={}).text
    assert "is that the attack, or a hole?\nbreaks = [" in text
    assert "no_payment_is_lost" in text
    assert "forge = { row_count = 1 }\n" in text


def test_record_refuses_an_order_that_cannot_happen(tmp_path: Path, model_pool: Pool) -> None:
    """A file whose own order has a waiting session run another step is refused with the reason."""
    sql = write(
        tmp_path,
        "-- C.\n\n-- @step hold: owner_a\nBEGIN; LOCK outbox_settings;\n"
        "-- @step wait: owner_b\nTABLE outbox_settings;\n-- @step after: owner_b\nSELECT 1;\n"
        "-- @step release: owner_a\nCOMMIT;\n",
    )
    with pytest.raises(LeaseproofError, match="step 'after' cannot be launched"):
        record(sql, root=tmp_path, pool=model_pool, roles={})


def test_record_refuses_roles_beside_a_manifest(tmp_path: Path, model_pool: Pool) -> None:
    """Where a manifest says the roles, an argument must not say them again."""
    sql, _ = new_pair("fencing/x", root=tmp_path)
    with pytest.raises(LeaseproofError, match="expected these to stand in"):
        record(sql, root=tmp_path, pool=model_pool, roles={"worker": "owner"})


def test_record_does_not_rewrite_an_outcome_over_the_set(tmp_path: Path, model_pool: Pool) -> None:
    """A contest that ends otherwise is a person's matter."""
    sql = write(tmp_path, "-- C.\n\n-- @step a: owner_a\nSELECT 1;\n-- @step b: owner_b\nSELECT 1;\n")
    text = record(sql, root=tmp_path, pool=model_pool, roles={}).text
    proof_text = (
        text.replace("accepted = false", 'schedule = "every"') + '[outcome]\nwinners = 1\nlosers = "P7002"\n'
    )
    sql.with_suffix(".toml").write_text(proof_text)
    assert load_proof(sql, tmp_path).manifest.schedule == "every"
    with pytest.raises(LeaseproofError, match="does not rewrite an outcome over the set"):
        record(sql, root=tmp_path, pool=model_pool, roles={})

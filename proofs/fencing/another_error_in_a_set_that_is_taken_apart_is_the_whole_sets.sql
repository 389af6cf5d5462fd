-- An error that is no refusal of the terminal guard stops the whole set, also while the set is being taken apart for another payment's sake.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 2) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT array_agg(outbox_id ORDER BY sequence_id) AS ids, array_agg(lease_token ORDER BY sequence_id) AS tokens FROM claim_outbox_batch(2, 'worker-1', 60) \gset

-- @setup forge: owner
SET session_replication_role = replica;
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by)
SELECT outbox_id, 1, 'FAILED', instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, 7, gen_random_uuid(), 'w', now(), 'w', now(), 'COMPLETION' FROM payment_outbox_pending WHERE sequence_id = 1;
ALTER TABLE payment_outbox_attempts ADD CONSTRAINT payment_outbox_attempts_no_bad_code CHECK (rail_code <> 'bad');

-- @step set: worker
SELECT refused_with FROM complete_outbox_attempts('worker-1', :'ids', :'tokens', '{DISPATCHED,DISPATCHED}', p_rail_codes => '{good,bad}');

-- @check ledger: owner
SELECT sequence_id, state FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

-- A payment of a set that only the terminal guard refuses is answered with the name of the index.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 2) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT array_agg(outbox_id ORDER BY sequence_id) AS ids, array_agg(lease_token ORDER BY sequence_id) AS tokens FROM claim_outbox_batch(2, 'worker-1', 60) \gset

-- @setup forge: owner
ALTER TABLE payment_outbox_attempts DISABLE TRIGGER payment_outbox_attempts_needs_current_lease;
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by)
SELECT outbox_id, 1, 'FAILED', instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, 7, gen_random_uuid(), 'w', now(), 'w', now(), 'COMPLETION' FROM payment_outbox_pending WHERE sequence_id = 2;

-- @step set: worker
SELECT state, refused_with, refused_constraint FROM complete_outbox_attempts('worker-1', :'ids', :'tokens', '{DISPATCHED,DISPATCHED}');

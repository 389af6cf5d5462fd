-- A set that is recorded one by one keeps each outcome with its payment, whatever bounds the caller gave its arrays.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 3) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT array_agg(outbox_id ORDER BY sequence_id) AS ids, array_agg(lease_token ORDER BY sequence_id) AS tokens FROM claim_outbox_batch(3, 'worker-1', 60) \gset

-- @setup forge: owner
SET session_replication_role = replica;
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by)
SELECT outbox_id, 1, 'DISPATCHED', instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, 7, gen_random_uuid(), 'w', now(), 'w', now(), 'COMPLETION' FROM payment_outbox_pending WHERE sequence_id = 3;

-- @step set: worker
SELECT attempt_no, state, refused_with FROM complete_outbox_attempts('worker-1', :'ids', :'tokens', '[0:2]={DISPATCHED,RETRYABLE,DISPATCHED}', '[5:7]={ref-1,ref-2,ref-3}');

-- @check recorded: owner
SELECT sequence_id, state, rail_reference FROM payment_outbox_attempts WHERE lease_epoch = 1 ORDER BY sequence_id;

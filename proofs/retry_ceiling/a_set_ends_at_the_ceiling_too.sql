-- In a set the 20th RETRYABLE becomes FAILED, the 19th does not, and DISPATCHED on attempt 20 stays DISPATCHED.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 3) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup history: owner
SET session_replication_role = replica;
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by)
SELECT outbox_id, n, 'RETRYABLE', instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, n, gen_random_uuid(), 'w', now(), 'w', now(), 'COMPLETION' FROM payment_outbox_pending, generate_series(1, CASE sequence_id WHEN 1 THEN 18 ELSE 19 END) AS n;
UPDATE payment_outbox_pending AS p SET attempt_count = CASE sequence_id WHEN 1 THEN 18 ELSE 19 END, lease_epoch = CASE sequence_id WHEN 1 THEN 18 ELSE 19 END;

-- @setup claim: worker
SELECT array_agg(outbox_id ORDER BY sequence_id) AS ids, array_agg(lease_token ORDER BY sequence_id) AS tokens FROM claim_outbox_batch(3, 'worker-1', 60) \gset

-- @step set: worker
SELECT attempt_no, state, refused_with FROM complete_outbox_attempts('worker-1', :'ids', :'tokens', '{RETRYABLE,RETRYABLE,DISPATCHED}');

-- @check queue: owner
SELECT sequence_id, attempt_count, lease_epoch, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

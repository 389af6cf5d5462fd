-- One payment of a set that the second line refuses does not hold back the others.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 3) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT array_agg(outbox_id ORDER BY sequence_id) AS ids, array_agg(lease_token ORDER BY sequence_id) AS tokens FROM claim_outbox_batch(3, 'worker-1', 60) \gset

-- @setup forge: owner
SET session_replication_role = replica;
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by)
SELECT outbox_id, 1, 'DISPATCHED', instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, 7, gen_random_uuid(), 'w', now(), 'w', now(), 'COMPLETION' FROM payment_outbox_pending WHERE sequence_id = 2;

-- @step set: worker
SELECT attempt_no, state, refused_with, refused_constraint FROM complete_outbox_attempts('worker-1', :'ids', :'tokens', '{DISPATCHED,DISPATCHED,RETRYABLE}', '{ref-1,ref-2,ref-3}', '{c1,c2,c3}', '{e1,e2,e3}', '{m1,m2,m3}', '{-1,2,3}', '{0,0,-5}');

-- @check details: owner
SELECT sequence_id, state, rail_reference, rail_code, error_code, error_message, latency_ms FROM payment_outbox_attempts WHERE lease_epoch = 1 ORDER BY sequence_id;

-- @check due: owner
SELECT sequence_id, lease_token IS NULL AS free, next_attempt_at <= clock_timestamp() AS due FROM payment_outbox_pending ORDER BY sequence_id;

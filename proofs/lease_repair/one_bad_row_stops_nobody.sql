-- One row that cannot be repaired is named in a warning, and repair and claim go on with the others.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 3) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT count(*) FROM claim_outbox_batch(3, 'worker-1', 60);

-- @setup poison: owner
SET session_replication_role = replica;
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by)
SELECT outbox_id, 1, 'RETRYABLE', instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, 1, gen_random_uuid(), 'w', now(), 'w', now(), 'COMPLETION' FROM payment_outbox_pending WHERE sequence_id = 1;
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 hour' / sequence_id;

-- @step repair: repairer
SELECT state FROM repair_expired_leases(1, 'repairer-1');

-- @step take_over: worker_b
SELECT sequence_id FROM claim_outbox_batch(1, 'worker-2', 60);

-- @check queue: owner
SELECT sequence_id, attempt_count, lease_epoch, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

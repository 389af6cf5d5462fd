-- A payment whose worker always dies and that is only ever claimed again ends FAILED at the ceiling, and its neighbours go on.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup history: owner
SET session_replication_role = replica;
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by)
SELECT outbox_id, n, 'REPAIR_REQUEUED', instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, n, gen_random_uuid(), 'w', now(), 'w', now(), 'REPAIR' FROM payment_outbox_pending, generate_series(1, 18) AS n;
UPDATE payment_outbox_pending SET attempt_count = 18, lease_epoch = 18;

-- @setup claim_19: worker
SELECT lease_epoch FROM claim_outbox_batch(1, 'worker-1', 60);

-- @step crash_19: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp();

-- @step claim_20: worker
SELECT lease_epoch FROM claim_outbox_batch(1, 'worker-1', 60);

-- @step crash_20: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp();

-- @step neighbour: ingest
SELECT sequence_id FROM enqueue_payment_outbox('instruction-2', 'participant-1', 'key-1', 'sepa', '{}');

-- @step claim_21: worker
SELECT sequence_id, lease_epoch FROM claim_outbox_batch(2, 'worker-1', 60);

-- @check last: owner
SELECT attempt_no, state, ended_by, error_code FROM payment_outbox_attempts ORDER BY attempt_no DESC LIMIT 2;

-- @check queue: owner
SELECT sequence_id, attempt_count, lease_epoch, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

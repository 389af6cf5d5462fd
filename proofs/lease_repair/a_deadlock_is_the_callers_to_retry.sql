-- A deadlock inside a repair ends the call with 40P01: it is no fault of the row, which would be passed over with a warning.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 2) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT (array_agg(outbox_id ORDER BY sequence_id))[2] AS second, (array_agg(lease_token ORDER BY sequence_id))[2] AS token FROM claim_outbox_batch(2, 'worker-1', 60) \gset

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second' WHERE sequence_id = 1;

-- @step complete: worker
BEGIN;
SELECT state FROM complete_outbox_attempt(:'second', :'token', 'worker-1', 'RETRYABLE');

-- The owner forges the ledger row that the repair of the first payment will write, leaves it uncommitted, and waits for the second payment.

-- @step forge: owner
BEGIN;
SET LOCAL session_replication_role = replica;
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by)
SELECT outbox_id, 1, 'RETRYABLE', instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, 1, gen_random_uuid(), 'w', now(), 'w', now(), 'COMPLETION' FROM payment_outbox_pending WHERE sequence_id = 1;

-- @step wait: owner
UPDATE payment_outbox_pending SET next_attempt_at = next_attempt_at WHERE sequence_id = 2;

-- @step repair: worker
SELECT * FROM repair_expired_leases(1, 'worker-1');

-- @step end_worker: worker
ROLLBACK;

-- @step end_owner: owner
ROLLBACK;

-- @step repair_again: worker
SELECT state FROM repair_expired_leases(1, 'worker-1');

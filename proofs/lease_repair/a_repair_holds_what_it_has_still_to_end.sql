-- A repair that waits at one row holds the rows that it has still to end: nobody ends them, and leases them anew, under its eyes.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 2) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT count(*) FROM claim_outbox_batch(2, 'worker-1', 60);

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 hour' / sequence_id;

-- @step begin: owner
BEGIN;

-- The first attempt of the first payment is booked by somebody who has not decided yet.

-- @step hold: owner
SET session_replication_role = replica;
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by)
SELECT outbox_id, 1, 'RETRYABLE', instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, 1, gen_random_uuid(), 'w', now(), 'w', now(), 'COMPLETION' FROM payment_outbox_pending WHERE sequence_id = 1;

-- @step repair: repairer
SELECT count(*) FROM repair_expired_leases(2, 'repairer-1');

-- @step take_over: worker_b
SELECT sequence_id FROM claim_outbox_batch(2, 'worker-2', 60);

-- @step back: owner
ROLLBACK;

-- @check ledger: owner
SELECT sequence_id, attempt_no, state, recorded_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

-- A payment without a final outcome does not vanish in one DELETE with a payment that has one, whichever goes first.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 3) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT count(*) FROM claim_outbox_batch(3, 'worker-1', 60);

-- @step begin: control
BEGIN;

-- @step finish_two: control
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by)
SELECT outbox_id, 1, 'DISPATCHED', instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, claimed_by, leased_at, 'w', now(), 'COMPLETION' FROM payment_outbox_pending WHERE sequence_id <> 2;

-- @step delete: control
DELETE FROM payment_outbox_pending;

-- @step back: control
ROLLBACK;

-- @check queue: owner
SELECT count(*) FROM payment_outbox_pending;

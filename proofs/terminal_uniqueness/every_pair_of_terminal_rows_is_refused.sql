-- A second terminal row for a payment is refused by the terminal guard, whatever the two states are, even with the triggers off.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup triggers_off: owner
SET session_replication_role = replica;
PREPARE book (integer, payment_outbox_attempt_state) AS
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by)
SELECT outbox_id, $1, $2, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, $1, gen_random_uuid(), 'w', now(), 'w', now(), 'COMPLETION' FROM payment_outbox_pending;

-- @step dispatched_dispatched: owner
BEGIN; EXECUTE book(1, 'DISPATCHED'); EXECUTE book(2, 'DISPATCHED');

-- @step back_1: owner
ROLLBACK;

-- @step dispatched_failed: owner
BEGIN; EXECUTE book(1, 'DISPATCHED'); EXECUTE book(2, 'FAILED');

-- @step back_2: owner
ROLLBACK;

-- @step failed_dispatched: owner
BEGIN; EXECUTE book(1, 'FAILED'); EXECUTE book(2, 'DISPATCHED');

-- @step back_3: owner
ROLLBACK;

-- @step failed_failed: owner
BEGIN; EXECUTE book(1, 'FAILED'); EXECUTE book(2, 'FAILED');

-- @step back_4: owner
ROLLBACK;

-- One ledger row for a lease is a constraint of the table, triggers off or not.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup triggers_off: owner
SET session_replication_role = replica;
PREPARE book (integer, bigint) AS
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by)
SELECT outbox_id, $1, 'RETRYABLE', instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, $2, gen_random_uuid(), 'w', now(), 'w', now(), 'COMPLETION' FROM payment_outbox_pending;

-- @step twice: owner
BEGIN; EXECUTE book(1, 1); EXECUTE book(2, 1);

-- @step back: owner
ROLLBACK;

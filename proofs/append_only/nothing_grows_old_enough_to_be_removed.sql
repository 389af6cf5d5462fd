-- History of any age stays: the oldest row of the ledger and of the registry cannot be changed or removed either.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup age: owner
SET session_replication_role = replica;
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by)
SELECT outbox_id, 1, 'RETRYABLE', instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, 1, gen_random_uuid(), 'w', '1970-01-01', 'w', '1970-01-01', 'COMPLETION' FROM payment_outbox_pending;
INSERT INTO payment_outbox_keys SELECT gen_random_uuid(), 'instruction-0', idempotency_key, participant_id, rail_type, request_hash, '1970-01-01' FROM payment_outbox_keys;

-- @step delete: owner
SET session_replication_role = origin;
DELETE FROM payment_outbox_attempts WHERE recorded_at < '2000-01-01';

-- @step update: owner
UPDATE payment_outbox_attempts SET error_message = NULL WHERE recorded_at < '2000-01-01';

-- @step forget: owner
DELETE FROM payment_outbox_keys WHERE registered_at < '2000-01-01';

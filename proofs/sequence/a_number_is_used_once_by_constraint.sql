-- A participant's number is used once among pending payments by constraint, and is never below 1.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step twice: owner
SET session_replication_role = replica;
INSERT INTO payment_outbox_pending (outbox_id, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, next_attempt_at, created_at)
SELECT gen_random_uuid(), 'instruction-2', participant_id, sequence_id, idempotency_key, rail_type, payload, now(), now() FROM payment_outbox_pending;

-- @step zero: owner
INSERT INTO payment_outbox_pending (outbox_id, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, next_attempt_at, created_at)
SELECT gen_random_uuid(), 'instruction-2', participant_id, 0, idempotency_key, rail_type, payload, now(), now() FROM payment_outbox_pending;

-- @step counter: owner
UPDATE participant_outbox_sequences SET next_sequence_id = 0;

-- @step counter_twice: owner
INSERT INTO participant_outbox_sequences VALUES ('participant-1', 5);

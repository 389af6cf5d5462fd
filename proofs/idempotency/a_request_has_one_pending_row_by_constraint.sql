-- A request has one pending row and one registration by constraint, triggers off or not.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step pending: owner
SET session_replication_role = replica;
INSERT INTO payment_outbox_pending (outbox_id, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, next_attempt_at, created_at)
SELECT gen_random_uuid(), instruction_id, participant_id, 2, idempotency_key, rail_type, payload, now(), now() FROM payment_outbox_pending;

-- @step registry: owner
INSERT INTO payment_outbox_keys SELECT gen_random_uuid(), instruction_id, idempotency_key, participant_id, rail_type, request_hash, registered_at FROM payment_outbox_keys;

-- @step same_payment: owner
INSERT INTO payment_outbox_keys SELECT outbox_id, instruction_id, 'key-2', participant_id, rail_type, request_hash, registered_at FROM payment_outbox_keys;

-- @step same_pending: owner
INSERT INTO payment_outbox_pending (outbox_id, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, next_attempt_at, created_at)
SELECT outbox_id, instruction_id, participant_id, 2, 'key-2', rail_type, payload, now(), now() FROM payment_outbox_pending;

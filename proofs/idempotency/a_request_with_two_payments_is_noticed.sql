-- A request that has two payments, where its constraint is gone, is noticed by a standing invariant.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step forge: owner
ALTER TABLE payment_outbox_keys DROP CONSTRAINT payment_outbox_keys_one_payment_per_request;
ALTER TABLE payment_outbox_pending DROP CONSTRAINT payment_outbox_pending_one_row_per_request;
UPDATE participant_outbox_sequences SET next_sequence_id = 3;
INSERT INTO payment_outbox_keys SELECT gen_random_uuid(), instruction_id, idempotency_key, participant_id, rail_type, request_hash, registered_at FROM payment_outbox_keys;
INSERT INTO payment_outbox_pending (outbox_id, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, next_attempt_at, created_at)
SELECT k.outbox_id, p.instruction_id, p.participant_id, 2, p.idempotency_key, p.rail_type, p.payload, p.next_attempt_at, p.created_at FROM payment_outbox_pending AS p JOIN payment_outbox_keys AS k ON k.outbox_id <> p.outbox_id;

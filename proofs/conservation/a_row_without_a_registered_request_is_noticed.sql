-- A pending row without a registered request, as after the restore of one table, is noticed by a standing invariant.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step forge: owner
SET session_replication_role = replica;
INSERT INTO payment_outbox_pending (outbox_id, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, next_attempt_at, created_at)
VALUES (gen_random_uuid(), 'instruction-2', 'participant-1', 2, 'key-1', 'sepa', '{}', now(), now());

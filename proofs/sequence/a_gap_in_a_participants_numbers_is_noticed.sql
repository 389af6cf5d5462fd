-- A gap in a participant's numbers, made behind the triggers' back, is noticed by a standing invariant.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step forge: owner
SET session_replication_role = replica;
UPDATE payment_outbox_pending SET sequence_id = 2;
UPDATE participant_outbox_sequences SET next_sequence_id = 3;

-- The same key with another participant or another rail is a conflict.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step participant: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-2', 'key-1', 'sepa', '{"amount": "10.00"}');

-- @step rail: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'swift', '{"amount": "10.00"}');

-- @step nothing: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', NULL, 'key-1', 'sepa', '{"amount": "10.00"}');

-- @check sequences: owner
SELECT participant_id, next_sequence_id FROM participant_outbox_sequences;

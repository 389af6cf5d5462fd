-- The same request twice is the same payment, with one row and one number.

-- @step first: ingest
SELECT outbox_id, sequence_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step second: ingest
SELECT outbox_id = :'outbox_id' AS same, sequence_id, state FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}');

-- @check rows: owner
SELECT (SELECT count(*) FROM payment_outbox_pending) AS pending, (SELECT next_sequence_id FROM participant_outbox_sequences) AS next;

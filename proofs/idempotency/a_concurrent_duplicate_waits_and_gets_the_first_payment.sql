-- A concurrent duplicate waits for the first request and returns its payment.

-- @step begin: ingest_a
BEGIN;

-- @step first: ingest_a
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{}') \gset

-- @step second: ingest_b
SELECT outbox_id = :'outbox_id' AS same, sequence_id, state FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{}');

-- @step commit: ingest_a
COMMIT;

-- @check rows: owner
SELECT (SELECT count(*) FROM payment_outbox_pending) AS pending, (SELECT next_sequence_id FROM participant_outbox_sequences) AS next;

-- The counter's row orders two open enqueues of one participant, and two participants never wait for each other.

-- @step begin: ingest_a
BEGIN;

-- @step first: ingest_a
SELECT sequence_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{}');

-- @step other: ingest_c
SELECT sequence_id FROM enqueue_payment_outbox('instruction-2', 'participant-2', 'key-1', 'sepa', '{}');

-- @step second: ingest_b
SELECT sequence_id FROM enqueue_payment_outbox('instruction-3', 'participant-1', 'key-1', 'sepa', '{}');

-- @step commit: ingest_a
COMMIT;

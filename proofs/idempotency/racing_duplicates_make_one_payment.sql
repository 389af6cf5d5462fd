-- Whatever the order of racing duplicates in open transactions, there is one payment and one number drawn.

-- @step begin_a: ingest_a
BEGIN;

-- @step enqueue_a: ingest_a
SELECT sequence_id, state FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{}');

-- @step commit_a: ingest_a
COMMIT;

-- @step enqueue_b: ingest_b
SELECT sequence_id, state FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{}');

-- @step enqueue_c: ingest_c
SELECT sequence_id, state FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{}');

-- @check rows: owner
SELECT (SELECT count(*) FROM payment_outbox_pending) AS pending, (SELECT count(*) FROM payment_outbox_keys) AS registered, (SELECT next_sequence_id FROM participant_outbox_sequences) AS next;

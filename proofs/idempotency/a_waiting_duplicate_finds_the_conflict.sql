-- A different request that waited for the first with the same key finds the conflict when that one commits.

-- @step begin: ingest_a
BEGIN;

-- @step first: ingest_a
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": 1}');

-- @step other: ingest_b
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": 2}');

-- @step commit: ingest_a
COMMIT;

-- A duplicate that waited for a request which is rolled back becomes the payment itself.

-- @step begin: ingest_a
BEGIN;

-- @step first: ingest_a
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{}') \gset

-- @step second: ingest_b
SELECT outbox_id = :'outbox_id' AS same, sequence_id, state FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{}');

-- @step rollback: ingest_a
ROLLBACK;

-- @check queue: owner
SELECT sequence_id, attempt_count, lease_epoch, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

-- An enqueue under REPEATABLE READ finds what its snapshot holds, and gets a serialization failure for a duplicate that is newer.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step begin: ingest_a
BEGIN ISOLATION LEVEL REPEATABLE READ;

-- @step known: ingest_a
SELECT outbox_id = :'outbox_id' AS same, state FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}');

-- @step newer: ingest_b
SELECT state FROM enqueue_payment_outbox('instruction-2', 'participant-2', 'key-1', 'sepa', '{}');

-- @step duplicate: ingest_a
SELECT state FROM enqueue_payment_outbox('instruction-2', 'participant-2', 'key-1', 'sepa', '{}');

-- @step rollback: ingest_a
ROLLBACK;

-- @step retry: ingest_a
SELECT state FROM enqueue_payment_outbox('instruction-2', 'participant-2', 'key-1', 'sepa', '{}');

-- @check queue: owner
SELECT sequence_id, attempt_count, lease_epoch, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

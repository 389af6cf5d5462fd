-- An enqueue that is rolled back leaves no row and no number used, and its key is free.

-- @step begin: ingest
BEGIN;

-- @step first: ingest
SELECT sequence_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"a": 1}');

-- @step rollback: ingest
ROLLBACK;

-- @step again: ingest
SELECT sequence_id, state FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"a": 2}');

-- @check rows: owner
SELECT (SELECT count(*) FROM payment_outbox_keys) AS registered, (SELECT count(*) FROM payment_outbox_pending) AS pending;

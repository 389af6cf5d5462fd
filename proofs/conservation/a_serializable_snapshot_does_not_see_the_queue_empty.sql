-- A queue is not truncated by a serializable transaction that looked at it before a payment came.

-- @step begin: owner_a
BEGIN ISOLATION LEVEL SERIALIZABLE;

-- @step look: owner_a
SELECT count(*) FROM payment_outbox_pending;

-- @step enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}');

-- @step truncate: owner_a
TRUNCATE payment_outbox_pending;

-- @step rollback: owner_a
ROLLBACK;

-- @check queue: owner
SELECT sequence_id FROM payment_outbox_pending;

-- A claim that is rolled back leaves no lease, and the next claimer gets the row.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step begin: worker_a
BEGIN;

-- @step claim_a: worker_a
SELECT claimed_by FROM claim_outbox_batch(1, 'worker-a', 60);

-- @step rollback: worker_a
ROLLBACK;

-- @step claim_b: worker_b
SELECT claimed_by, lease_epoch FROM claim_outbox_batch(1, 'worker-b', 60);

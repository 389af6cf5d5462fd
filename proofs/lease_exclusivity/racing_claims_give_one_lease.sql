-- Whatever the order of three racing claims in open transactions, one payment gets one lease.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step begin_a: worker_a
BEGIN;

-- @step claim_a: worker_a
SELECT count(*) FROM claim_outbox_batch(1, 'worker-a', 60);

-- @step commit_a: worker_a
COMMIT;

-- @step begin_b: worker_b
BEGIN;

-- @step claim_b: worker_b
SELECT count(*) FROM claim_outbox_batch(1, 'worker-b', 60);

-- @step commit_b: worker_b
COMMIT;

-- @check leases: owner
SELECT lease_epoch, claimed_by IS NOT NULL AS leased FROM payment_outbox_pending;

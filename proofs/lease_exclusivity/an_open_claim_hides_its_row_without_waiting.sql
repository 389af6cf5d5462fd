-- A row that is being claimed in an open transaction is invisible to a second claimer, who does not wait.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step begin: worker_a
BEGIN;

-- @step claim_a: worker_a
SELECT claimed_by FROM claim_outbox_batch(1, 'worker-a', 60);

-- @step claim_b: worker_b
SELECT claimed_by FROM claim_outbox_batch(1, 'worker-b', 60);

-- @step commit: worker_a
COMMIT;

-- @check queue: owner
SELECT sequence_id, attempt_count, lease_epoch, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

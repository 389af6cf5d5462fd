-- A claim under SERIALIZABLE that meets a committed one gets a serialization failure, or nothing: never the same lease.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step begin: worker_a
BEGIN ISOLATION LEVEL SERIALIZABLE;

-- @step snapshot: worker_a
SELECT pending_count FROM supervisor_outbox_status;

-- @step other: worker_b
SELECT claimed_by FROM claim_outbox_batch(1, 'worker-b', 60);

-- @step claim: worker_a
SELECT * FROM claim_outbox_batch(1, 'worker-a', 60);

-- @step rollback: worker_a
ROLLBACK;

-- @check queue: owner
SELECT sequence_id, attempt_count, lease_epoch, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

-- A claim and a repair whose snapshot is older than the closing of claims get a serialization failure, never a lease.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step snapshot: worker_a
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT claims_open FROM supervisor_outbox_status;

-- @step snapshot_too: worker_b
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT claims_open FROM supervisor_outbox_status;

-- @step close: owner
SELECT close_outbox_claims('the rail is being reconciled');

-- @step claim: worker_a
SELECT claimed_by FROM claim_outbox_batch(1, 'worker-a', 60);

-- @step repair: worker_b
SELECT count(*) FROM repair_expired_leases(1, 'worker-b');

-- @check leased: owner
SELECT claims_open, leased_count FROM supervisor_outbox_status;

-- A claim in a prepared transaction holds its row out of everybody's sight until it is resolved.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step begin: worker_a
BEGIN;

-- @step claim_a: worker_a
SELECT count(*) FROM claim_outbox_batch(1, 'worker-a', 60);

-- @step prepare: worker_a
PREPARE TRANSACTION :'DBNAME';

-- @step claim_b: worker_b
SELECT * FROM claim_outbox_batch(1, 'worker-b', 60);

-- @step repair: worker_b
SELECT * FROM repair_expired_leases(1, 'worker-b');

-- @step resolve: worker_a
ROLLBACK PREPARED :'DBNAME';

-- @step claim_again: worker_b
SELECT claimed_by, lease_epoch FROM claim_outbox_batch(1, 'worker-b', 60);

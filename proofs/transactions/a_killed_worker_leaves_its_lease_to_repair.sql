-- A worker whose connection is killed in the middle of a completion loses the transaction and keeps the lease until repair.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup pid: worker
SELECT pg_backend_pid() AS pid \gset

-- @step begin: worker
BEGIN;

-- @step complete: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step kill: owner
SELECT pg_terminate_backend(:pid, 5000);

-- @step commit: worker
COMMIT;

-- @step another: worker_b
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- A set of outcomes under REPEATABLE READ that meets a committed completion fails whole.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step begin: worker_a
BEGIN ISOLATION LEVEL REPEATABLE READ;

-- @step snapshot: worker_a
SELECT pending_count FROM supervisor_outbox_status;

-- @step other: worker_b
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'RETRYABLE');

-- @step set: worker_a
SELECT * FROM complete_outbox_attempts('worker-1', ARRAY[:'outbox_id']::uuid[], ARRAY[:'lease_token']::uuid[], '{DISPATCHED}');

-- @step rollback: worker_a
ROLLBACK;

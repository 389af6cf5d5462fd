-- A completion under REPEATABLE READ that meets another one gets a serialization failure, never a wrong write.

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

-- @step complete: worker_a
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step rollback: worker_a
ROLLBACK;

-- @check ledger: owner
SELECT attempt_no, state, lease_epoch, lease_worker, recorded_by, ended_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

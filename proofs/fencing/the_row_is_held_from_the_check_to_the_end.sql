-- The row is held exclusively from the lease check to the end: a completion that stops at the ledger lets no other one in.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step barrier_begin: owner
BEGIN;

-- @step barrier: owner
LOCK TABLE payment_outbox_attempts IN SHARE MODE;

-- @step first: worker_a
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step second: worker_b
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'FAILED');

-- @step open: owner
COMMIT;

-- @check ledger: owner
SELECT attempt_no, state, lease_epoch, lease_worker, recorded_by, ended_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

-- A lease that another transaction granted and committed meanwhile may be completed in a transaction that is older than it.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step begin: worker_b
BEGIN;

-- @step start: worker_b
SELECT count(now());

-- @step claim: worker_a
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step complete: worker_b
SELECT attempt_no, state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step commit: worker_b
COMMIT;

-- @check ledger: owner
SELECT attempt_no, state FROM payment_outbox_attempts;

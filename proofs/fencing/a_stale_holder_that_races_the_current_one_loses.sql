-- However a stale holder's completion falls between the steps of the current holder, it is refused.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim_a: worker_a
SELECT lease_token AS token_a FROM claim_outbox_batch(1, 'worker-a', 30) \gset

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @setup claim_b: worker_b
SELECT lease_token AS token_b FROM claim_outbox_batch(1, 'worker-b', 30) \gset

-- @step stale: worker_a
SELECT * FROM complete_outbox_attempt(:'outbox_id', :'token_a', 'worker-a', 'FAILED');

-- @step begin: worker_b
BEGIN;

-- @step current: worker_b
SELECT attempt_no, state FROM complete_outbox_attempt(:'outbox_id', :'token_b', 'worker-b', 'DISPATCHED');

-- @step commit: worker_b
COMMIT;

-- @check ledger: owner
SELECT attempt_no, state, lease_epoch, lease_worker, recorded_by, ended_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

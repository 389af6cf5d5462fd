-- Attempt numbers run 1 2 3 without a gap through retries, repairs and the final outcome.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim_1: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup retry_1: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'RETRYABLE', p_retry_delay_seconds => 0);

-- @setup claim_2: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @setup repair: worker_b
SELECT attempt_no, state FROM repair_expired_leases(10, 'repairer-1');

-- @setup due: owner
UPDATE payment_outbox_pending SET next_attempt_at = clock_timestamp();

-- @setup claim_3: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step final: worker
SELECT attempt_no, state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @check ledger: owner
SELECT attempt_no, state, lease_epoch, lease_worker, recorded_by, ended_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

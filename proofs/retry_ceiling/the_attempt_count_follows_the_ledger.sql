-- The attempt count follows the ledger through retries and repairs, and a claim returns it.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim_1: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup retry_1: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'RETRYABLE', p_retry_delay_seconds => 0);

-- @setup claim_2: worker
SELECT array_agg(outbox_id) AS ids, array_agg(lease_token) AS tokens FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup retry_2: worker
SELECT count(*) FROM complete_outbox_attempts('worker-1', :'ids', :'tokens', '{RETRYABLE}', p_retry_delays_seconds => '{0}');

-- @setup claim_3: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @step take_over: worker_b
SELECT attempt_count, lease_epoch FROM claim_outbox_batch(1, 'worker-2', 60);

-- @check queue: owner
SELECT sequence_id, attempt_count, lease_epoch, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

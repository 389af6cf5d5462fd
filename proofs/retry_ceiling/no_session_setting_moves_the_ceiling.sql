-- No session setting moves the ceiling or any other limit.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step retry: worker
SET outbox.outbox_retry_ceiling = 1; SET outbox.retry_ceiling = 1; SET outbox.max_batch_size = 1; SET outbox.max_lease_seconds = 1; SET outbox.claims_open = off;
SELECT attempt_no, state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'RETRYABLE', p_retry_delay_seconds => 0);

-- @step claim_again: worker
SELECT count(*) FROM claim_outbox_batch(1000, 'worker-1', 900);

-- A ceiling that is lowered ends a payment at its next attempt, and what was recorded before stays lawful.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step first: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset
SELECT * FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'RETRYABLE', p_retry_delay_seconds => 0);

-- @step second: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset
SELECT * FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'RETRYABLE', p_retry_delay_seconds => 0);

-- @step lower: owner
BEGIN;
UPDATE outbox_settings SET retry_ceiling = 2, max_batch_size = 500;
SELECT retry_ceiling_since > now() AS dated_after_the_start_of_the_transaction FROM outbox_settings;
COMMIT;

-- @step another_limit: owner
UPDATE outbox_settings SET retry_ceiling_since = '2020-01-01', max_batch_size = 400;
SELECT retry_ceiling_since = '2020-01-01' AS kept FROM outbox_settings;
UPDATE outbox_settings SET retry_ceiling = 1;

-- @step third: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset
SELECT * FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'RETRYABLE', p_retry_delay_seconds => 0);

-- A payment that a lowered ceiling finds with more attempts than it allows is still claimed, and its next retry is final.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup retry: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'RETRYABLE', p_retry_delay_seconds => 0);

-- @setup claim_2: worker
SELECT lease_token AS second_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup retry_2: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'second_token', 'worker-1', 'RETRYABLE', p_retry_delay_seconds => 0);

-- @step lower: owner
UPDATE outbox_settings SET retry_ceiling = 1;

-- @step claim_3: worker
SELECT lease_token AS third_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step retry_3: worker
SELECT attempt_no, state FROM complete_outbox_attempt(:'outbox_id', :'third_token', 'worker-1', 'RETRYABLE');

-- A duplicate is answered at once while a completion, a repair or a claim of its payment is under way.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step complete: worker
BEGIN;
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'RETRYABLE', p_retry_delay_seconds => 0);

-- @step during_the_completion: ingest
SELECT sequence_id, state FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}');

-- @step complete_commit: worker
COMMIT;

-- @step claim_again: worker
BEGIN;
SELECT lease_epoch FROM claim_outbox_batch(1, 'worker-1', 60);

-- @step during_the_claim: ingest
SELECT sequence_id, state FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}');

-- @step claim_commit: worker
COMMIT;

-- @step expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @step repair: worker
BEGIN;
SELECT state FROM repair_expired_leases(1, 'repairer-1');

-- @step during_the_repair: ingest
SELECT sequence_id, state FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}');

-- @step repair_commit: worker
COMMIT;

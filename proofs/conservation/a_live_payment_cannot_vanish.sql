-- A payment without a final outcome cannot vanish from the queue, by DELETE or TRUNCATE, by the owner of anything.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step by_definer: control
DELETE FROM payment_outbox_pending;

-- @step by_owner: owner
DELETE FROM payment_outbox_pending;

-- @step truncate: owner
TRUNCATE payment_outbox_pending;

-- @step claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step retry: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'RETRYABLE');

-- @step after_a_retry: control
DELETE FROM payment_outbox_pending;

-- @check queue: owner
SELECT sequence_id, attempt_count, lease_epoch, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

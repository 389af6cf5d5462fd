-- A completion touches its own row only.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 3) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT (array_agg(outbox_id ORDER BY sequence_id))[2] AS outbox_id, (array_agg(lease_token ORDER BY sequence_id))[2] AS lease_token FROM claim_outbox_batch(3, 'worker-1', 60) \gset

-- @step retry: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'RETRYABLE');

-- @check queue: owner
SELECT sequence_id, attempt_count, lease_epoch, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

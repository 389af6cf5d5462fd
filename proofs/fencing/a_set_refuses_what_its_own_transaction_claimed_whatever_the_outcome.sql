-- A set refuses each payment that its own transaction claimed, with every outcome that a worker may record.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 3) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @step begin: worker
BEGIN;
SELECT array_agg(outbox_id ORDER BY sequence_id) AS ids, array_agg(lease_token ORDER BY sequence_id) AS tokens FROM claim_outbox_batch(3, 'worker-1', 60) \gset

-- @step set: worker
SELECT attempt_no, state, refused_with FROM complete_outbox_attempts('worker-1', :'ids', :'tokens', '{DISPATCHED,RETRYABLE,FAILED}');

-- @step commit: worker
COMMIT;

-- @check queue: owner
SELECT sequence_id, attempt_count, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

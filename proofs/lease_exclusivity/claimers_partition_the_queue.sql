-- Claimers who work at once take different rows, and together all of them.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 7) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @step begin_a: worker_a
BEGIN;

-- @step claim_a: worker_a
SELECT count(*) FROM claim_outbox_batch(3, 'worker-a', 60);

-- @step claim_b: worker_b
SELECT count(*) FROM claim_outbox_batch(3, 'worker-b', 60);

-- @step claim_c: worker_c
SELECT count(*) FROM claim_outbox_batch(3, 'worker-c', 60);

-- @step commit_a: worker_a
COMMIT;

-- @check shares: owner
SELECT claimed_by, count(*), count(DISTINCT lease_token) FROM payment_outbox_pending GROUP BY claimed_by ORDER BY claimed_by;

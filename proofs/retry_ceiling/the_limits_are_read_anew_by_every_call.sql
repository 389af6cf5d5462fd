-- The limits are read anew by every call: what the owner changes holds for a session that has worked before, also within its transaction.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 3) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @step begin: worker
BEGIN;

-- @step claim: worker
SELECT outbox_id FROM claim_outbox_batch(2, 'worker-1', 900);

-- @step tighten: owner
UPDATE outbox_settings SET max_batch_size = 1, max_lease_seconds = 10;

-- @step too_many: worker
SAVEPOINT before;
SELECT outbox_id FROM claim_outbox_batch(2, 'worker-1', 10);

-- @step too_long: worker
ROLLBACK TO before;
SELECT outbox_id FROM claim_outbox_batch(1, 'worker-1', 11);

-- @step within: worker
ROLLBACK TO before;
SELECT sequence_id FROM claim_outbox_batch(1, 'worker-1', 10);

-- @step commit: worker
COMMIT;

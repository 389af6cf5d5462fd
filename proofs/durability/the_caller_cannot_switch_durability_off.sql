-- A caller who switched durability off gets it back for the transaction of every writing function, and a stronger setting is left alone.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step request: ingest
SET synchronous_commit = off;
BEGIN;
SELECT count(*) FROM enqueue_payment_outbox('instruction-2', 'participant-1', 'key-1', 'sepa', '{}');
SHOW synchronous_commit;

-- @step request_commit: ingest
COMMIT;

-- @step claim: worker
SET synchronous_commit = off;
BEGIN;
SELECT count(*) FROM claim_outbox_batch(1, 'worker-0', 60);
SHOW synchronous_commit;

-- @step claim_back: worker
ROLLBACK;

-- @step take: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step complete: worker
SET synchronous_commit = local;
BEGIN;
SELECT count(*) FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');
SHOW synchronous_commit;

-- @step complete_back: worker
ROLLBACK;

-- @step set: worker
SET synchronous_commit = remote_write;
BEGIN;
SELECT count(*) FROM complete_outbox_attempts('worker-1', ARRAY[:'outbox_id']::uuid[], ARRAY[:'lease_token']::uuid[], '{DISPATCHED}');
SHOW synchronous_commit;

-- @step set_back: worker
ROLLBACK;

-- @step repair: worker
SET synchronous_commit = off;
BEGIN;
SELECT count(*) FROM repair_expired_leases(1, 'worker-1');
SHOW synchronous_commit;

-- @step repair_commit: worker
COMMIT;

-- @step expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() WHERE lease_token IS NOT NULL;

-- @step report: worker
BEGIN;
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');
SHOW synchronous_commit;

-- @step report_commit: worker
COMMIT;

-- @step stronger: worker
SET synchronous_commit = remote_apply;
BEGIN;
SELECT count(*) FROM repair_expired_leases(1, 'worker-1');
SHOW synchronous_commit;

-- @step afterwards: worker
ROLLBACK;
SHOW synchronous_commit;

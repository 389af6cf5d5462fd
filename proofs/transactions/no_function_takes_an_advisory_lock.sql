-- No function of the model takes an advisory lock, so none can be made to wait by who guesses its key.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step enqueue_again: ingest
BEGIN;
SELECT count(*) FROM enqueue_payment_outbox('instruction-2', 'participant-1', 'key-1', 'sepa', '{}');
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();

-- @step enqueue_commit: ingest
COMMIT;

-- @step claim: worker
BEGIN;
SELECT array_agg(outbox_id ORDER BY sequence_id) AS ids, array_agg(lease_token ORDER BY sequence_id) AS tokens FROM claim_outbox_batch(2, 'worker-1', 60) \gset
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();

-- @step claim_commit: worker
COMMIT;

-- @step complete: worker
BEGIN;
SELECT state FROM complete_outbox_attempt((:'ids'::uuid[])[1], (:'tokens'::uuid[])[1], 'worker-1', 'RETRYABLE');
SELECT count(*) FROM complete_outbox_attempts('worker-1', (:'ids'::uuid[])[2:2], (:'tokens'::uuid[])[2:2], '{RETRYABLE}');
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();

-- @step complete_back: worker
ROLLBACK;

-- @step expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @step repair: worker
BEGIN;
SELECT report_late_outcome((:'ids'::uuid[])[1], (:'tokens'::uuid[])[1], 'worker-1', 'DISPATCHED');
SELECT count(*) FROM repair_expired_leases(2, 'repairer-1');
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();

-- @step repair_commit: worker
COMMIT;

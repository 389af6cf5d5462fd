-- A set that waits for a row past the expiry has lost the lease: the clock is read after the locks.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step lock: owner
BEGIN;

-- @step hold: owner
SELECT 1 FROM payment_outbox_pending FOR UPDATE;

-- @step complete: worker
SELECT refused_with FROM complete_outbox_attempts('worker-1', ARRAY[:'outbox_id']::uuid[], ARRAY[:'lease_token']::uuid[], '{DISPATCHED}');

-- @step expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp();

-- @step release: owner
COMMIT;

-- @check ledger: owner
SELECT attempt_no, state, lease_epoch, lease_worker, recorded_by, ended_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

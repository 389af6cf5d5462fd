-- The status view tells leased payments from free ones, and a payment that is not due yet has no age.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 3) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT count(*) FROM claim_outbox_batch(1, 'worker-1', 60);

-- @setup later: owner
UPDATE payment_outbox_pending SET next_attempt_at = clock_timestamp() + interval '1 hour' WHERE lease_token IS NULL;

-- @step status: readonly
SELECT pending_count, due_count, leased_count, expired_lease_count, oldest_due_seconds, oldest_expired_lease_seconds FROM supervisor_outbox_status;

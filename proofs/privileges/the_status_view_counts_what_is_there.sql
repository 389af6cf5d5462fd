-- The status view counts pending, due, leased and expired payments and late outcomes, for each role that may read it.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 6) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT (array_agg(outbox_id ORDER BY sequence_id))[1] AS outbox_id, (array_agg(lease_token ORDER BY sequence_id))[1] AS lease_token FROM claim_outbox_batch(3, 'worker-1', 60) \gset

-- @setup shape: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '90 seconds' * sequence_id WHERE sequence_id IN (1, 2);
UPDATE payment_outbox_pending SET next_attempt_at = clock_timestamp() - interval '200 seconds' WHERE sequence_id = 4;
UPDATE payment_outbox_pending SET next_attempt_at = clock_timestamp() + interval '1 hour' WHERE sequence_id = 6;

-- @setup late: worker
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step worker: worker
SELECT pending_count, due_count, leased_count, expired_lease_count, oldest_due_seconds BETWEEN 200 AND 230 AS due_age, oldest_expired_lease_seconds BETWEEN 180 AND 210 AS expired_age, late_outcome_count, claims_open, claims_closed_reason FROM supervisor_outbox_status;

-- @step readonly: readonly
SELECT pending_count FROM supervisor_outbox_status;

-- @step auditor: auditor
SELECT expired_lease_count FROM supervisor_outbox_status;

-- @step close: owner
SELECT close_outbox_claims('a drill');

-- @step closed: worker
SELECT claims_open, claims_closed_reason FROM supervisor_outbox_status;

-- @step reopen: owner
UPDATE outbox_settings SET claims_open = true, claims_closed_reason = NULL, incarnation = 'elsewhere';

-- @step copied: worker
SELECT claims_open FROM supervisor_outbox_status;

-- On an empty outbox the status view is one row of zeros, and an instant that is due counts as due.

-- @step empty: readonly
SELECT pending_count, due_count, leased_count, expired_lease_count, oldest_due_seconds, oldest_expired_lease_seconds, late_outcome_count FROM supervisor_outbox_status;

-- @step enqueue: ingest
SELECT count(*) FROM generate_series(1, 2) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @step claim: worker
SELECT count(*) FROM claim_outbox_batch(1, 'worker-1', 60);

-- @step freeze: owner
CREATE OR REPLACE FUNCTION public.outbox_clock() RETURNS timestamptz LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN '2030-01-01 00:00:00+00'; END $$;
UPDATE payment_outbox_pending SET next_attempt_at = '2030-01-01 00:00:00+00' WHERE lease_token IS NULL;
UPDATE payment_outbox_pending SET lease_expires_at = '2030-01-01 00:00:00+00' WHERE lease_token IS NOT NULL;

-- @step on_the_instant: readonly
SELECT due_count, expired_lease_count, oldest_due_seconds, oldest_expired_lease_seconds FROM supervisor_outbox_status;

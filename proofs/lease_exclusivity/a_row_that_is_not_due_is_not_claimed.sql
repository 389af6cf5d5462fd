-- A row that is not due is not claimed, and one that is due at this very instant is.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step later: owner
UPDATE payment_outbox_pending SET next_attempt_at = clock_timestamp() + interval '1 hour';

-- @step too_early: worker
SELECT * FROM claim_outbox_batch(1, 'worker-1', 60);

-- @step freeze: owner
CREATE OR REPLACE FUNCTION public.outbox_clock() RETURNS timestamptz LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN '2030-01-01 00:00:00+00'; END $$;
UPDATE payment_outbox_pending SET next_attempt_at = '2030-01-01 00:00:00+00';

-- @step on_time: worker
SELECT claimed_by FROM claim_outbox_batch(1, 'worker-1', 60);

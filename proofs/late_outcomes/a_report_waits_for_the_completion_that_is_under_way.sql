-- A report that comes while the lease's own completion is on its way to its commit waits for it, and then nothing is late.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step complete: worker
BEGIN;
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step later: owner
CREATE OR REPLACE FUNCTION public.outbox_clock() RETURNS timestamptz LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN clock_timestamp() + interval '2 minutes'; END $$;

-- @step report: again
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED') AS late;

-- @step commit: worker
COMMIT;

-- @check late: owner
SELECT count(*) FROM payment_outbox_late_outcomes;

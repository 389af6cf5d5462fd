-- A lease of another incarnation is over: what the rail answered to its holder is kept, however long it had still to run.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step too_early: worker
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step promote: owner
CREATE OR REPLACE FUNCTION public.outbox_incarnation() RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN 'promoted'; END $$;

-- @step complete: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step report: worker
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED', 'rail-1') AS kept;

-- @check late: owner
SELECT lease_epoch, worker_id, state, rail_reference FROM payment_outbox_late_outcomes;

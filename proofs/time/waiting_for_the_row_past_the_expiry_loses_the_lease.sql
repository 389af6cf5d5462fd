-- A completion that waits for the row past its expiry has lost the lease: the clock is read after the lock.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup short: owner
CREATE TABLE public.hands (reading timestamptz);
INSERT INTO public.hands VALUES (clock_timestamp());
GRANT SELECT ON public.hands TO PUBLIC;
CREATE OR REPLACE FUNCTION public.outbox_clock() RETURNS timestamptz LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN (SELECT reading FROM public.hands); END $$;

-- @step begin: owner
BEGIN;

-- @step hold: owner
SELECT 1 FROM payment_outbox_pending FOR UPDATE;

-- @step complete: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step time_passes: owner_watch
UPDATE public.hands SET reading = reading + interval '2 minutes';

-- @step release: owner
COMMIT;

-- @check ledger: owner
SELECT attempt_no, state, lease_epoch, lease_worker, recorded_by, ended_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

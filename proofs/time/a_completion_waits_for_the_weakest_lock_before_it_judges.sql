-- A completion, alone or in a set, waits for the weakest lock on its row before it reads the clock, not only when it removes the row.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 2) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT array_agg(outbox_id ORDER BY sequence_id) AS ids, array_agg(lease_token ORDER BY sequence_id) AS tokens FROM claim_outbox_batch(2, 'worker-1', 60) \gset

-- @setup hands: owner
CREATE TABLE public.hands (reading timestamptz);
INSERT INTO public.hands VALUES (clock_timestamp());
GRANT SELECT ON public.hands TO PUBLIC;
CREATE OR REPLACE FUNCTION public.outbox_clock() RETURNS timestamptz LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN (SELECT reading FROM public.hands); END $$;

-- @step begin: owner
BEGIN;

-- @step hold: owner
SELECT 1 FROM payment_outbox_pending FOR KEY SHARE;

-- @step alone: worker_a
SELECT state FROM complete_outbox_attempt((:'ids'::uuid[])[1], (:'tokens'::uuid[])[1], 'worker-1', 'DISPATCHED');

-- @step set: worker_b
SELECT refused_with FROM complete_outbox_attempts('worker-1', (:'ids'::uuid[])[2:2], (:'tokens'::uuid[])[2:2], '{DISPATCHED}');

-- @step time_passes: owner_watch
UPDATE public.hands SET reading = reading + interval '2 minutes';

-- @step release: owner
COMMIT;

-- @check ledger: owner
SELECT sequence_id, attempt_no, state FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

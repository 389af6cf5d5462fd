-- A take-over that had to wait before it could grant gives the new lease its full length, and the payment is due at once.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup hands: owner
CREATE TABLE public.hands (reading timestamptz);
INSERT INTO public.hands VALUES (clock_timestamp() + interval '2 minutes');
GRANT SELECT ON public.hands TO PUBLIC;
CREATE OR REPLACE FUNCTION public.outbox_clock() RETURNS timestamptz LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN (SELECT reading FROM public.hands); END $$;

-- @step begin: owner
BEGIN;

-- @step barrier: owner
LOCK TABLE payment_outbox_attempts IN SHARE MODE;

-- @step take_over: worker_b
SELECT leased_at = (SELECT max(reading) FROM public.hands) AS from_the_grant, lease_expires_at - leased_at AS lease_length FROM claim_outbox_batch(1, 'worker-2', 60);

-- @step time_passes: owner_watch
UPDATE public.hands SET reading = reading + interval '1 minute';

-- @step release: owner
COMMIT;

-- @check lease: owner
SELECT p.leased_at = h.reading AS from_the_grant, p.next_attempt_at < p.leased_at AS due_at_once FROM payment_outbox_pending AS p, public.hands AS h;

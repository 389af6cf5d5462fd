-- The ledger knows when the lease was granted and when its end was recorded.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup freeze: owner
UPDATE payment_outbox_pending SET next_attempt_at = '2019-01-01';
CREATE OR REPLACE FUNCTION public.outbox_clock() RETURNS timestamptz LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN '2020-01-01 00:00:00+00'; END $$;

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup later: owner
CREATE OR REPLACE FUNCTION public.outbox_clock() RETURNS timestamptz LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN '2020-01-01 00:00:30+00'; END $$;

-- @step complete: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @check times: owner
SELECT leased_at = '2020-01-01 00:00:00+00' AS granted, recorded_at = '2020-01-01 00:00:30+00' AS recorded FROM payment_outbox_attempts;

-- At the very instant of lease_expires_at the lease is over, and one microsecond earlier it is not.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{}') \gset

-- @setup freeze: owner
CREATE OR REPLACE FUNCTION public.outbox_clock() RETURNS timestamptz LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN '2020-01-01 00:00:00+00'; END $$;
UPDATE payment_outbox_pending SET next_attempt_at = '2019-01-01';

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step at_expiry: owner
UPDATE payment_outbox_pending SET lease_expires_at = '2020-01-01 00:00:00+00';

-- @step refused: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step before_expiry: owner
UPDATE payment_outbox_pending SET lease_expires_at = '2020-01-01 00:00:00.000001+00';

-- @step accepted: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

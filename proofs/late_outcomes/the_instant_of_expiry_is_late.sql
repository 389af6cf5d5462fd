-- At the very instant of its expiry a lease may be reported on, and not one microsecond earlier.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup freeze: owner
UPDATE payment_outbox_pending SET next_attempt_at = '2019-01-01';
CREATE OR REPLACE FUNCTION public.outbox_clock() RETURNS timestamptz LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN '2020-01-01 00:00:00+00'; END $$;

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step live: owner
UPDATE payment_outbox_pending SET lease_expires_at = '2020-01-01 00:00:00.000001+00';

-- @step too_early: worker
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step over: owner
UPDATE payment_outbox_pending SET lease_expires_at = '2020-01-01 00:00:00+00';

-- @step report: worker
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @check stamped: owner
SELECT reported_at = '2020-01-01 00:00:00+00' AS by_the_clock FROM payment_outbox_late_outcomes;

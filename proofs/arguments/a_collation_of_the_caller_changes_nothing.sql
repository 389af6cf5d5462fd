-- Text that brings a collation of the caller's own is compared byte by byte like any other: requests, workers and outcomes are found.

-- @setup clock: owner
CREATE TABLE clock (reading timestamptz);
GRANT SELECT ON clock TO outbox_control;
INSERT INTO clock VALUES ('2030-01-01 00:00:00+00');
CREATE OR REPLACE FUNCTION outbox_clock() RETURNS timestamptz LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN (SELECT c.reading FROM public.clock AS c); END $$;

-- @step first: ingest
SELECT state FROM enqueue_payment_outbox('instruction-1' COLLATE "POSIX", 'participant-1' COLLATE "POSIX", 'key-1' COLLATE "POSIX", 'sepa' COLLATE "POSIX", '{"amount": "10.00"}');

-- @step same: ingest
SELECT state FROM enqueue_payment_outbox('instruction-1' COLLATE "POSIX", 'participant-1' COLLATE "POSIX", 'key-1' COLLATE "POSIX", 'sepa' COLLATE "POSIX", '{"amount": "10.00"}');

-- @step conflict: ingest
SELECT state FROM enqueue_payment_outbox('instruction-1' COLLATE "POSIX", 'participant-2' COLLATE "POSIX", 'key-1' COLLATE "POSIX", 'sepa' COLLATE "POSIX", '{"amount": "10.00"}');

-- @step claim: worker
SELECT outbox_id, lease_token FROM claim_outbox_batch(1, 'worker-1' COLLATE "POSIX", 60) \gset

-- @step alone: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1' COLLATE "POSIX", 'RETRYABLE', p_retry_delay_seconds => 0);

-- @step claim_again: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step set: worker
SELECT attempt_no, state, coalesce(refused_with, 'none') FROM complete_outbox_attempts('worker-1' COLLATE "POSIX", ARRAY[:'outbox_id']::uuid[], ARRAY[:'lease_token']::uuid[], '{RETRYABLE}', p_retry_delays_seconds => '{0}');

-- @step claim_third: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step set_ends: worker
SELECT attempt_no, state, coalesce(refused_with, 'none') FROM complete_outbox_attempts('worker-1' COLLATE "POSIX", ARRAY[:'outbox_id']::uuid[], ARRAY[:'lease_token']::uuid[], '{DISPATCHED}');

-- @step another: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-2', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step claim_another: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step live: worker
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1' COLLATE "POSIX", 'DISPATCHED');

-- @step later: owner
UPDATE clock SET reading = reading + interval '61 seconds';

-- @step lost: worker
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1' COLLATE "POSIX", 'DISPATCHED');

-- @step repair: worker
SELECT state FROM repair_expired_leases(1, 'worker-2' COLLATE "POSIX");

-- @step repaired: worker
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1' COLLATE "POSIX", 'DISPATCHED');

-- @step closing: owner
SELECT close_outbox_claims('reconciling' COLLATE "POSIX");

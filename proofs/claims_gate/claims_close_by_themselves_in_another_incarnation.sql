-- In a database that is another incarnation, claims are closed by themselves and every old token is dead, until the owner opens.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step restore: owner
CREATE OR REPLACE FUNCTION public.outbox_incarnation() RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN 'restored'; END $$;

-- @step claim_there: worker
SELECT * FROM claim_outbox_batch(1, 'worker-1', 60);

-- @step repair_there: worker
SELECT * FROM repair_expired_leases(1, 'worker-1');

-- @step complete_there: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step set_there: worker
SELECT refused_with FROM complete_outbox_attempts('worker-1', ARRAY[:'outbox_id']::uuid[], ARRAY[:'lease_token']::uuid[], '{DISPATCHED}');

-- @step open: owner
SELECT open_outbox_claims();

-- @step still_dead: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @step take_over: worker_b
SELECT claimed_by, lease_epoch FROM claim_outbox_batch(1, 'worker-2', 60);

-- A repair that the server has no room for ends the call with the server's error: it is no fault of the row, which would be passed over with a warning.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @step fill: owner
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON payment_outbox_attempts FOR EACH ROW EXECUTE FUNCTION full_disk();

-- @step repair: worker
SELECT * FROM repair_expired_leases(1, 'repairer-1');

-- @step take_over: worker
SELECT * FROM claim_outbox_batch(1, 'worker-2', 60);

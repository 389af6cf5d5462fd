-- A full disk, a failed read or an error inside the server ends a repair and a take-over with that error: it is no fault of the row, which would be passed over with a warning.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @step fill: owner
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER fail BEFORE INSERT ON payment_outbox_attempts FOR EACH ROW EXECUTE FUNCTION fail();

-- @step repair_on_a_full_disk: worker
SELECT * FROM repair_expired_leases(1, 'repairer-1');

-- @step take_over_on_a_full_disk: worker
SELECT * FROM claim_outbox_batch(1, 'worker-2', 60);

-- @step scratch: owner
CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'could not read block' USING ERRCODE = 'io_error'; END $$;

-- @step repair_on_a_bad_disk: worker
SELECT * FROM repair_expired_leases(1, 'repairer-1');

-- @step damage: owner
CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'index is corrupted' USING ERRCODE = 'index_corrupted'; END $$;

-- @step repair_on_a_bad_index: worker
SELECT * FROM repair_expired_leases(1, 'repairer-1');

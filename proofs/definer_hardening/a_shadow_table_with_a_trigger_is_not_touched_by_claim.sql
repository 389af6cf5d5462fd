-- Code that a caller hangs on a temporary table of the same name does not run in a claim.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup shadow: worker
CREATE TEMP TABLE payment_outbox_pending (outbox_id uuid, lease_token uuid, next_attempt_at timestamptz, created_at timestamptz, fired boolean);
CREATE FUNCTION pg_temp.fire() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the trap fired as %', current_user; END $$;
CREATE TRIGGER trap BEFORE INSERT OR UPDATE ON pg_temp.payment_outbox_pending FOR EACH ROW EXECUTE FUNCTION pg_temp.fire();
GRANT ALL ON pg_temp.payment_outbox_pending TO PUBLIC;

-- @step claim: worker
SELECT outbox_id = :'outbox_id' AS real FROM claim_outbox_batch(1, 'worker-1', 60);

-- Where the owner's own trigger keeps a finished payment in the queue, the set is refused: a dispatched payment is never made due again.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup keep: owner
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER payment_outbox_pending_keep BEFORE DELETE ON payment_outbox_pending FOR EACH ROW EXECUTE FUNCTION keep();

-- @step set: worker
SELECT * FROM complete_outbox_attempts('worker-1', ARRAY[:'outbox_id']::uuid[], ARRAY[:'lease_token']::uuid[], '{DISPATCHED}');

-- @step alone: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @check queue: owner
SELECT sequence_id, attempt_count, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

-- @check ledger: owner
SELECT count(*) FROM payment_outbox_attempts;

-- Repair ends the oldest lease first and, among those of one instant, the one with the smaller identifier, under any plan; one that cannot be ended never hides another.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 4) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT count(*) FROM claim_outbox_batch(4, 'worker-1', 60);

-- The oldest lease stands last in the table. Of the two youngest, which expired at one instant, the larger identifier cannot be ended.

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - sequence_id * interval '1 second' WHERE sequence_id > 2;
UPDATE payment_outbox_pending SET lease_expires_at = now() WHERE sequence_id <= 2;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.outbox_id = (SELECT max(p.outbox_id::text)::uuid FROM public.payment_outbox_pending AS p WHERE p.sequence_id <= 2) THEN
        RAISE EXCEPTION 'not this one';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER refuse BEFORE INSERT ON payment_outbox_attempts FOR EACH ROW EXECUTE FUNCTION refuse();

-- @step no_index: worker
SET enable_indexscan = off;
SET enable_bitmapscan = off;

-- @step first: worker
SELECT outbox_id AS first_id FROM repair_expired_leases(1, 'repairer-1') \gset

-- @step second: worker
SELECT outbox_id AS second_id FROM repair_expired_leases(1, 'repairer-1') \gset

-- @step third: worker
SELECT outbox_id AS third_id FROM repair_expired_leases(1, 'repairer-1') \gset

-- @check order: owner
SELECT sequence_id FROM (VALUES (1, :'first_id'::uuid), (2, :'second_id')) AS ended (position, outbox_id) JOIN payment_outbox_attempts USING (outbox_id) ORDER BY position;

-- @check smaller: owner
SELECT :'third_id' = (SELECT min(outbox_id::text) FROM payment_outbox_pending WHERE sequence_id <= 2) AS the_smaller_identifier;

-- A lease that is changed between the ledger rows of a set and the removal from the queue, by a trigger of the owner's own, stops the whole set with P7002.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 2) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup freeze: owner
CREATE OR REPLACE FUNCTION public.outbox_clock() RETURNS timestamptz LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN '2020-01-01 00:00:00+00'; END $$;
UPDATE payment_outbox_pending SET next_attempt_at = '2019-01-01';

-- @setup claim: worker
SELECT array_agg(outbox_id ORDER BY sequence_id) AS ids, array_agg(lease_token ORDER BY sequence_id) AS tokens FROM claim_outbox_batch(2, 'worker-1', 60) \gset

-- The trigger does to a payment's lease what the outcome's rail_code says.

-- @setup meddle: owner
CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE public.payment_outbox_pending AS p
    SET lease_expires_at = CASE WHEN NEW.rail_code = 'expiry' THEN '2020-01-01 00:00:00+00' ELSE p.lease_expires_at END,
        claimed_by = CASE WHEN NEW.rail_code = 'worker' THEN 'worker-2' ELSE p.claimed_by END,
        lease_token = CASE WHEN NEW.rail_code = 'token' THEN gen_random_uuid() ELSE p.lease_token END,
        lease_epoch = CASE WHEN NEW.rail_code = 'token' THEN p.lease_epoch + 1 ELSE p.lease_epoch END
    WHERE p.outbox_id = NEW.outbox_id;
    RETURN NEW;
END
$$;
CREATE TRIGGER payment_outbox_attempts_meddle AFTER INSERT ON payment_outbox_attempts FOR EACH ROW EXECUTE FUNCTION meddle();

-- @step expiry_dispatched: worker
SELECT * FROM complete_outbox_attempts('worker-1', :'ids', :'tokens', '{DISPATCHED,DISPATCHED}', p_rail_codes => '{none,expiry}');

-- @step worker_dispatched: worker
SELECT * FROM complete_outbox_attempts('worker-1', :'ids', :'tokens', '{DISPATCHED,DISPATCHED}', p_rail_codes => '{none,worker}');

-- @step token_dispatched: worker
SELECT * FROM complete_outbox_attempts('worker-1', :'ids', :'tokens', '{DISPATCHED,DISPATCHED}', p_rail_codes => '{none,token}');

-- @step expiry_retryable: worker
SELECT * FROM complete_outbox_attempts('worker-1', :'ids', :'tokens', '{RETRYABLE,RETRYABLE}', p_rail_codes => '{none,expiry}');

-- @step worker_retryable: worker
SELECT * FROM complete_outbox_attempts('worker-1', :'ids', :'tokens', '{RETRYABLE,RETRYABLE}', p_rail_codes => '{none,worker}');

-- @step token_retryable: worker
SELECT * FROM complete_outbox_attempts('worker-1', :'ids', :'tokens', '{RETRYABLE,RETRYABLE}', p_rail_codes => '{none,token}');

-- @check queue: owner
SELECT sequence_id, attempt_count, lease_epoch, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

-- @check ledger: owner
SELECT count(*) FROM payment_outbox_attempts;

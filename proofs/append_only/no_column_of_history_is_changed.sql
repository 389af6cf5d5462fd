-- No column of the ledger, of the late outcomes or of the registry may be written again, not even with what it holds.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 2) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT array_agg(outbox_id ORDER BY sequence_id) AS ids, array_agg(lease_token ORDER BY sequence_id) AS tokens FROM claim_outbox_batch(2, 'worker-1', 60) \gset

-- @setup complete: worker
SELECT state FROM complete_outbox_attempt((:'ids'::uuid[])[1], (:'tokens'::uuid[])[1], 'worker-1', 'DISPATCHED');

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @setup report: worker
SELECT report_late_outcome((:'ids'::uuid[])[2], (:'tokens'::uuid[])[2], 'worker-1', 'DISPATCHED');

-- @step each_column: owner
CREATE TEMPORARY TABLE written (name text);
DO $$
DECLARE
    v_column record;
BEGIN
    FOR v_column IN
        SELECT a.attrelid::regclass AS relation, a.attname AS name
        FROM pg_attribute AS a
        WHERE a.attrelid IN ('payment_outbox_attempts'::regclass, 'payment_outbox_late_outcomes'::regclass, 'payment_outbox_keys'::regclass) AND a.attnum > 0 AND NOT a.attisdropped
    LOOP
        BEGIN
            EXECUTE format('UPDATE %s SET %I = %I', v_column.relation, v_column.name, v_column.name);
            INSERT INTO written VALUES (v_column.relation || '.' || v_column.name);
        EXCEPTION
            WHEN SQLSTATE 'P0001' THEN
                NULL;
        END;
    END LOOP;
END
$$;

-- @check written: owner
SELECT name FROM written ORDER BY name;

-- No column of a lease can be taken from a leased payment or set on a free one alone, triggers off or not.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 2) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT count(*) FROM claim_outbox_batch(1, 'worker-1', 60);

-- @setup triggers_off: owner
SET session_replication_role = replica;

-- @step each_column: owner
CREATE TEMPORARY TABLE accepted (change text);
DO $$
DECLARE
    v_column record;
    v_constraint text;
    v_change text;
BEGIN
    FOR v_column IN
        SELECT c.name, c.value
        FROM (VALUES ('lease_token', 'gen_random_uuid()'), ('claimed_by', '''worker-2'''), ('leased_at', 'now()'), ('lease_expires_at', 'now()'), ('lease_xid', 'pg_current_xact_id()'), ('lease_incarnation', '''x''')) AS c (name, value)
    LOOP
        FOREACH v_change IN ARRAY ARRAY[format('%I = NULL WHERE lease_token IS NOT NULL', v_column.name), format('%I = %s WHERE lease_token IS NULL', v_column.name, v_column.value)] LOOP
            BEGIN
                EXECUTE 'UPDATE payment_outbox_pending SET ' || v_change;
                INSERT INTO accepted VALUES (v_change);
            EXCEPTION
                WHEN check_violation THEN
                    GET STACKED DIAGNOSTICS v_constraint = CONSTRAINT_NAME;
                    IF v_constraint <> 'payment_outbox_pending_lease_is_whole' THEN
                        INSERT INTO accepted VALUES (v_change || ': ' || v_constraint);
                    END IF;
            END;
        END LOOP;
    END LOOP;
END
$$;

-- @check accepted: owner
SELECT change FROM accepted ORDER BY change;

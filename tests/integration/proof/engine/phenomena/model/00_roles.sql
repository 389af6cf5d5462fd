-- Five roles. Roles belong to the whole cluster: one that is already there is left as its administrator made it, and the
-- standing invariant `catalog_is_exact` says where it differs from what the model needs.

DO $$
DECLARE
    v_role text;
BEGIN
    FOREACH v_role IN ARRAY ARRAY['outbox_ingest', 'outbox_executor', 'outbox_readonly', 'outbox_auditor', 'outbox_control'] LOOP
        IF pg_catalog.to_regrole(v_role) IS NULL THEN
            BEGIN
                EXECUTE pg_catalog.format('CREATE ROLE %I NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS %s',
                    v_role, CASE WHEN v_role = 'outbox_control' THEN 'NOLOGIN' ELSE 'LOGIN' END);
                IF v_role = 'outbox_executor' THEN
                    -- A worker that stops inside a transaction must not hold its rows out of everybody's sight for ever.
                    ALTER ROLE outbox_executor SET idle_in_transaction_session_timeout = '60s';
                END IF;
            EXCEPTION
                -- Another database of this cluster is being given the model at the same moment.
                WHEN duplicate_object OR unique_violation THEN
                    NULL;
            END;
        END IF;
    END LOOP;
END
$$;

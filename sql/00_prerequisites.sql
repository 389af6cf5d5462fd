-- What the model needs before anything is made: a server that it was proved on, and a schema that nobody else owns.

-- To the end of the transaction: an unqualified name in sql/ must never find a function or an operator that a stranger put
-- into public, for it would run with the rights of the superuser who applies this.
-- Test: test_applying.py::test_functions_of_a_stranger_are_never_run.
SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);

DO $$
DECLARE
    v_foreign text;
    v_owner name;
BEGIN
    IF pg_catalog.current_setting('server_version_num')::integer < 150000 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'P7001',
            MESSAGE = 'MODEL_PREREQUISITE_MISSING: the server is too old for the lease model',
            DETAIL = pg_catalog.format('got PostgreSQL %s; expected 15 or newer', pg_catalog.current_setting('server_version')),
            HINT = 'Upgrade the server, then apply sql/ again.';
    END IF;
    IF pg_catalog.to_regnamespace('public') IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'P7001',
            MESSAGE = 'MODEL_PREREQUISITE_MISSING: the schema "public" is missing',
            DETAIL = pg_catalog.format('got database %I without it; expected the schema that the model stands in', pg_catalog.current_database()),
            HINT = 'CREATE SCHEMA public, then apply sql/ again.';
    END IF;
    IF pg_catalog.current_setting('is_superuser') <> 'on' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'P7001',
            MESSAGE = 'MODEL_PREREQUISITE_MISSING: sql/ is applied by a superuser',
            DETAIL = pg_catalog.format('got role %I; expected a superuser: the functions are given to outbox_control, of which nobody is a member', current_user),
            HINT = 'Connect as a superuser; the tables will belong to it.';
    END IF;
    IF pg_catalog.current_setting('server_encoding') <> 'UTF8' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'P7001',
            MESSAGE = 'MODEL_PREREQUISITE_MISSING: the database cannot store every text that a rail answers',
            DETAIL = pg_catalog.format('got encoding %s; expected UTF8: elsewhere an error message can block the outcome that it describes', pg_catalog.current_setting('server_encoding')),
            HINT = 'Create the database with ENCODING ''UTF8''.';
    END IF;
    -- The owner of a schema may drop everything in it, triggers and the terminal guard included.
    SELECT pg_catalog.pg_get_userbyid(CASE WHEN o.rolname = 'pg_database_owner' THEN d.datdba ELSE n.nspowner END)
    INTO v_owner
    FROM pg_catalog.pg_namespace AS n
    JOIN pg_catalog.pg_roles AS o ON o.oid = n.nspowner
    JOIN pg_catalog.pg_database AS d ON d.datname = pg_catalog.current_database()
    WHERE n.nspname = 'public';
    IF v_owner <> current_user AND NOT (SELECT o.rolsuper FROM pg_catalog.pg_roles AS o WHERE o.rolname = v_owner) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'P7001',
            MESSAGE = 'MODEL_PREREQUISITE_MISSING: the schema "public" belongs to a role that could drop the model',
            DETAIL = pg_catalog.format('got owner %I; expected a superuser', v_owner),
            HINT = pg_catalog.format('ALTER SCHEMA public OWNER TO %I, then apply sql/ again.', current_user);
    END IF;
    -- CREATE ... IF NOT EXISTS and CREATE OR REPLACE leave an object to whoever made it first, with all rights over it.
    SELECT pg_catalog.string_agg(pg_catalog.format('%s of role %I', o.name, pg_catalog.pg_get_userbyid(o.owner)), ', ' ORDER BY o.name)
    INTO v_foreign
    FROM (
        SELECT c.relname::text, c.relowner
        FROM pg_catalog.pg_class AS c
        WHERE c.relnamespace = 'public'::pg_catalog.regnamespace
            AND c.relname IN (
                'outbox_settings', 'participant_outbox_sequences', 'payment_outbox_attempts', 'payment_outbox_keys',
                'payment_outbox_late_outcomes', 'payment_outbox_pending', 'supervisor_outbox_status',
                'payment_outbox_attempts_dispatching', 'payment_outbox_attempts_one_terminal_per_outbox', 'payment_outbox_pending_due',
                'payment_outbox_pending_leased'
            )
        UNION ALL
        SELECT t.typname::text, t.typowner
        FROM pg_catalog.pg_type AS t
        WHERE t.typnamespace = 'public'::pg_catalog.regnamespace AND t.typname = 'payment_outbox_attempt_state'
        UNION ALL
        SELECT f.oid::pg_catalog.regprocedure::text, f.proowner
        FROM pg_catalog.pg_proc AS f
        WHERE f.pronamespace = 'public'::pg_catalog.regnamespace
            AND f.proowner IS DISTINCT FROM pg_catalog.to_regrole('outbox_control')
            AND f.proname IN (
                'claim_outbox_batch', 'close_outbox_claims', 'complete_outbox_attempt', 'complete_outbox_attempts', 'date_retry_ceiling',
                'draw_participant_sequence', 'end_expired_leases', 'enqueue_payment_outbox', 'new_outbox_id', 'open_outbox_claims',
                'outbox_clock', 'outbox_completion_refusal', 'outbox_incarnation', 'outbox_lease_refusal', 'outbox_retry_delay',
                'reconcile_dispatched_payment', 'record_outbox_outcome', 'refuse_broken_epoch', 'refuse_change_of_identity',
                'refuse_change_of_ledger', 'repair_expired_leases', 'report_late_outcome', 'require_current_lease_for_ledger_row',
                'require_integer_between', 'require_ledger_row_for_ended_lease', 'require_open_claims', 'require_outbox_settings',
                'require_terminal_row_for_removal', 'require_worker_id'
            )
    ) AS o (name, owner)
    WHERE o.owner <> pg_catalog.to_regrole(pg_catalog.quote_ident(current_user));
    IF v_foreign IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'P7001',
            MESSAGE = 'MODEL_PREREQUISITE_MISSING: a name of the model belongs to another role',
            DETAIL = pg_catalog.format('got %s; expected what is there to belong to %I, who applies sql/', v_foreign, current_user),
            HINT = 'Apply sql/ as the role that owns the tables; drop or ALTER ... OWNER what is not the model''s.';
    END IF;
END
$$;

-- Who may do what. Everything is taken away first, so that applying sql/ again also heals a grant that crept in.

DO $$
DECLARE
    v_function record;
    v_table text;
    v_grantees text;
BEGIN
    -- Everything of the model that can be executed, overloads of the same names included.
    FOR v_function IN
        SELECT f.oid::regprocedure AS signature,
            f.proname = ANY (ARRAY['open_outbox_claims', 'close_outbox_claims', 'reconcile_dispatched_payment']) AS belongs_to_owner
        FROM pg_catalog.pg_proc AS f
        WHERE f.pronamespace = 'public'::pg_catalog.regnamespace
            AND f.proname = ANY (ARRAY[
                'claim_outbox_batch', 'close_outbox_claims', 'complete_outbox_attempt', 'complete_outbox_attempts', 'date_retry_ceiling',
                'draw_participant_sequence', 'end_expired_leases', 'enqueue_payment_outbox', 'new_outbox_id', 'open_outbox_claims',
                'outbox_clock', 'outbox_completion_refusal', 'outbox_incarnation', 'outbox_lease_refusal', 'outbox_retry_delay',
                'reconcile_dispatched_payment', 'record_outbox_outcome', 'refuse_broken_epoch', 'refuse_change_of_identity',
                'refuse_change_of_ledger', 'repair_expired_leases', 'report_late_outcome', 'require_current_lease_for_ledger_row',
                'require_integer_between', 'require_ledger_row_for_ended_lease', 'require_open_claims', 'require_outbox_settings',
                'require_terminal_row_for_removal', 'require_worker_id'
            ])
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_function.signature);
        -- Whoever it is: default privileges of the schema give rights to roles that the model does not know.
        SELECT pg_catalog.string_agg(DISTINCT x.grantee::pg_catalog.regrole::text, ', ')
        INTO v_grantees
        FROM pg_catalog.pg_proc AS f
        CROSS JOIN LATERAL pg_catalog.aclexplode(f.proacl) AS x
        WHERE f.oid = v_function.signature::pg_catalog.regprocedure AND x.grantee NOT IN (0, f.proowner);
        IF v_grantees IS NOT NULL THEN
            EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM %s CASCADE', v_function.signature, v_grantees);
        END IF;
        IF NOT v_function.belongs_to_owner THEN
            EXECUTE pg_catalog.format('ALTER FUNCTION %s OWNER TO outbox_control', v_function.signature);
        END IF;
    END LOOP;

    FOREACH v_table IN ARRAY ARRAY[
        'outbox_settings', 'participant_outbox_sequences', 'payment_outbox_attempts', 'payment_outbox_keys',
        'payment_outbox_late_outcomes', 'payment_outbox_pending', 'supervisor_outbox_status'
    ] LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON TABLE public.%I FROM PUBLIC', v_table);
        SELECT pg_catalog.string_agg(DISTINCT x.grantee::pg_catalog.regrole::text, ', ')
        INTO v_grantees
        FROM pg_catalog.pg_class AS c
        CROSS JOIN LATERAL (
            SELECT g.grantee FROM pg_catalog.aclexplode(c.relacl) AS g
            UNION
            SELECT g.grantee
            FROM pg_catalog.pg_attribute AS t
            CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) AS g
            WHERE t.attrelid = c.oid
        ) AS x
        WHERE c.oid = pg_catalog.format('public.%I', v_table)::pg_catalog.regclass AND x.grantee NOT IN (0, c.relowner);
        IF v_grantees IS NOT NULL THEN
            EXECUTE pg_catalog.format('REVOKE ALL ON TABLE public.%I FROM %s CASCADE', v_table, v_grantees);
        END IF;
    END LOOP;
END
$$;

-- Databases that came from PostgreSQL 14 or older let everybody create objects here.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO outbox_ingest, outbox_executor, outbox_readonly, outbox_auditor, outbox_control;

-- The definer of the functions: the rows that they write, and nothing else. It owns no table and nobody logs in as it.
GRANT SELECT ON TABLE public.outbox_settings TO outbox_control;
-- To lock the row, not to change it: singleton can only be true.
GRANT UPDATE (singleton) ON TABLE public.outbox_settings TO outbox_control;
GRANT SELECT, INSERT ON TABLE public.payment_outbox_keys TO outbox_control;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE public.payment_outbox_pending TO outbox_control;
GRANT SELECT, INSERT ON TABLE public.payment_outbox_attempts TO outbox_control;
GRANT SELECT, INSERT ON TABLE public.payment_outbox_late_outcomes TO outbox_control;
GRANT SELECT, INSERT, UPDATE ON TABLE public.participant_outbox_sequences TO outbox_control;

GRANT EXECUTE ON FUNCTION public.enqueue_payment_outbox(text, text, text, text, jsonb) TO outbox_ingest;

GRANT EXECUTE ON FUNCTION public.claim_outbox_batch(integer, text, integer) TO outbox_executor;
GRANT EXECUTE ON FUNCTION public.complete_outbox_attempt(
    uuid, uuid, text, public.payment_outbox_attempt_state, text, text, text, text, integer, integer
) TO outbox_executor;
GRANT EXECUTE ON FUNCTION public.complete_outbox_attempts(
    text, uuid[], uuid[], public.payment_outbox_attempt_state[], text[], text[], text[], text[], integer[], integer[]
) TO outbox_executor;
GRANT EXECUTE ON FUNCTION public.repair_expired_leases(integer, text) TO outbox_executor;
GRANT EXECUTE ON FUNCTION public.report_late_outcome(
    uuid, uuid, text, public.payment_outbox_attempt_state, text, text, text, text, integer
) TO outbox_executor;

-- The view reads its tables with its owner's rights, but the two functions in it with the reader's.
GRANT SELECT ON TABLE public.supervisor_outbox_status TO outbox_executor, outbox_readonly, outbox_auditor;
GRANT EXECUTE ON FUNCTION public.outbox_clock() TO outbox_executor, outbox_readonly, outbox_auditor;
GRANT EXECUTE ON FUNCTION public.outbox_incarnation() TO outbox_executor, outbox_readonly, outbox_auditor;

-- The auditor sees history, never a lease token and never what a payment says.
GRANT SELECT ON TABLE public.outbox_settings, public.participant_outbox_sequences, public.payment_outbox_late_outcomes TO outbox_auditor;
GRANT SELECT (outbox_id, instruction_id, idempotency_key, participant_id, rail_type, registered_at)
    ON TABLE public.payment_outbox_keys TO outbox_auditor;
GRANT SELECT (
    outbox_id, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, attempt_count, next_attempt_at, created_at,
    lease_epoch, claimed_by, leased_at, lease_expires_at
)
    ON TABLE public.payment_outbox_pending TO outbox_auditor;
GRANT SELECT (
    outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type,
    lease_epoch, lease_worker, leased_at, recorded_by, recorded_at, ended_by,
    rail_reference, rail_code, error_code, error_message, latency_ms
)
    ON TABLE public.payment_outbox_attempts TO outbox_auditor;

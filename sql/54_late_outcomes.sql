-- What a worker learned too late is kept: the rail may have accepted a payment whose lease was lost meanwhile.

CREATE OR REPLACE FUNCTION public.report_late_outcome(
    p_outbox_id uuid,
    p_lease_token uuid,
    p_worker_id text,
    p_state public.payment_outbox_attempt_state,
    p_rail_reference text DEFAULT NULL,
    p_rail_code text DEFAULT NULL,
    p_error_code text DEFAULT NULL,
    p_error_message text DEFAULT NULL,
    p_latency_ms integer DEFAULT NULL
)
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_row public.payment_outbox_pending;
    v_lease_epoch bigint;
    v_recorded boolean := false;
BEGIN
    PERFORM public.require_outbox_settings();
    IF p_state IS NULL OR p_state NOT IN ('DISPATCHED', 'RETRYABLE', 'FAILED') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'P7003',
            MESSAGE = format('INVALID_COMPLETION_STATE: a worker may not report %s', coalesce(p_state::text, 'NULL')),
            DETAIL = format('payment %s; expected DISPATCHED, RETRYABLE or FAILED', p_outbox_id),
            HINT = 'Nothing was written.';
    END IF;
    -- Not yet repaired: the queue still holds the lease, and it must be over, by the clock or by a restore or a promotion.
    -- Locked, because the worker's own completion may be on its way to its commit: then it is waited for and found in the
    -- ledger. Proofs: late_outcomes/an_outcome_after_a_promotion_is_kept,
    -- late_outcomes/a_report_waits_for_the_completion_that_is_under_way.
    SELECT p.* INTO v_row FROM public.payment_outbox_pending AS p WHERE p.outbox_id = p_outbox_id FOR KEY SHARE;
    IF v_row.lease_token = p_lease_token
        AND v_row.claimed_by = p_worker_id COLLATE "C"
        AND public.outbox_lease_refusal(v_row, p_lease_token, p_worker_id, public.outbox_clock(), public.outbox_incarnation()) IS NOT NULL
    THEN
        v_lease_epoch := v_row.lease_epoch;
    ELSE
        SELECT a.lease_epoch, a.ended_by = 'COMPLETION'
        INTO v_lease_epoch, v_recorded
        FROM public.payment_outbox_attempts AS a
        WHERE a.outbox_id = p_outbox_id
            AND a.lease_token = p_lease_token
            AND a.lease_worker = p_worker_id COLLATE "C";
        IF NOT FOUND THEN
            RAISE EXCEPTION USING
                ERRCODE = 'P7002',
                MESSAGE = format('LEASE_LOST: worker %s never held an expired lease on payment %s with that token',
                    coalesce(quote_literal(p_worker_id), 'NULL'), coalesce(p_outbox_id::text, 'NULL')),
                DETAIL = 'got a token that no lease of this payment had, or a lease that is still live',
                HINT = 'Nothing was written. While the lease is live, call complete_outbox_attempt.';
        END IF;
    END IF;
    -- The worker's own completion did arrive (its answer was lost on the way): nothing is late.
    IF v_recorded THEN
        RETURN false;
    END IF;
    INSERT INTO public.payment_outbox_late_outcomes (
        outbox_id, lease_epoch, worker_id, state, reported_at, rail_reference, rail_code, error_code, error_message, latency_ms
    )
    VALUES (
        p_outbox_id, v_lease_epoch, p_worker_id, p_state, public.outbox_clock(),
        left(p_rail_reference, 200), left(p_rail_code, 64), left(p_error_code, 64), left(p_error_message, 2000),
        CASE WHEN p_latency_ms < 0 THEN 0 ELSE p_latency_ms END
    )
    ON CONFLICT ON CONSTRAINT payment_outbox_late_outcomes_one_row_per_lease DO NOTHING;
    RETURN FOUND;
END
$$;

COMMENT ON FUNCTION public.report_late_outcome(uuid, uuid, text, public.payment_outbox_attempt_state, text, text, text, text, integer) IS
    'Keeps what the rail answered to a worker whose lease was over by then. True when it is new; false when this lease already has its report or its outcome.';

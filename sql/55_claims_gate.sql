-- The owner's valve: claims are closed by hand, and by themselves in a restored, promoted or copied database, until the
-- rail was reconciled. These functions run with the owner's own rights; no role of the model may execute them.

CREATE OR REPLACE FUNCTION public.close_outbox_claims(p_reason text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_reason IS NULL OR p_reason COLLATE "C" !~ '[^ ]' THEN
        RAISE EXCEPTION USING
            ERRCODE = '22023',
            MESSAGE = 'reason: got nothing; expected why claims are being closed',
            HINT = 'It is shown to every worker that is refused with P7007.';
    END IF;
    -- What was closed must stay closed over a crash. Proof: durability/closing_is_durable.
    PERFORM public.require_outbox_settings();
    -- Claims with old snapshots share the row's lock and could keep it from ever being free: later ones queue behind this.
    -- Proof: claims_gate/claims_with_old_snapshots_do_not_hold_up_the_closing.
    LOCK TABLE public.outbox_settings IN EXCLUSIVE MODE;
    UPDATE public.outbox_settings SET claims_open = false, claims_closed_reason = p_reason;
END
$$;

COMMENT ON FUNCTION public.close_outbox_claims(text) IS 'Closes claims and lease repair (P7007) until open_outbox_claims(). Leases that are out may still be completed.';

CREATE OR REPLACE FUNCTION public.open_outbox_claims()
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE public.outbox_settings SET claims_open = true, claims_closed_reason = NULL, incarnation = public.outbox_incarnation();
END
$$;

COMMENT ON FUNCTION public.open_outbox_claims() IS 'Opens claims for this cluster, timeline and database. After a restore or a promotion: only when the rail is reconciled.';

CREATE OR REPLACE FUNCTION public.reconcile_dispatched_payment(p_outbox_id uuid, p_rail_reference text, p_reconciled_by text)
RETURNS integer
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_settings public.outbox_settings := public.require_outbox_settings();
    v_row public.payment_outbox_pending;
    v_now timestamptz;
    v_recorded record;
BEGIN
    PERFORM public.require_worker_id(p_reconciled_by);
    IF v_settings.claims_open AND v_settings.incarnation = public.outbox_incarnation() THEN
        RAISE EXCEPTION USING
            ERRCODE = '55000',
            MESSAGE = 'claims are open: a worker could be dispatching the payment that is being reconciled',
            DETAIL = format('payment %s', p_outbox_id),
            HINT = 'Call close_outbox_claims(reason), wait until the longest lease is over, then reconcile.';
    END IF;
    SELECT p.* INTO v_row FROM public.payment_outbox_pending AS p WHERE p.outbox_id = p_outbox_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'P0002',
            MESSAGE = format('payment %s is not pending', p_outbox_id),
            DETAIL = 'got an unknown payment or one that has its final outcome',
            HINT = 'Compare with payment_outbox_attempts: a finished payment needs no reconciliation.';
    END IF;
    v_now := public.outbox_clock();
    IF v_row.lease_token IS NOT NULL THEN
        IF v_row.lease_expires_at > v_now AND v_row.lease_incarnation = public.outbox_incarnation() THEN
            RAISE EXCEPTION USING
                ERRCODE = '55000',
                MESSAGE = format('payment %s is under a live lease of worker "%s"', p_outbox_id, v_row.claimed_by),
                DETAIL = format('the lease ends at %s', v_row.lease_expires_at),
                HINT = 'Wait until it is over, then reconcile.';
        END IF;
        -- The lease that was out ends like any other: with its own ledger row, and never at the ceiling.
        SELECT r.attempt_no, r.state
        INTO v_recorded
        FROM public.record_outbox_outcome(
            v_row, jsonb_populate_record(v_settings, '{"retry_ceiling": 2147483647}'), v_now, 'REPAIR_REQUEUED', p_reconciled_by,
            'REPAIR', v_settings.retry_delay_seconds, NULL, NULL, 'LEASE_EXPIRED', format('the lease of worker "%s" ended in reconciliation', v_row.claimed_by), NULL
        ) AS r;
    END IF;
    UPDATE public.payment_outbox_pending AS p
    SET lease_epoch = p.lease_epoch + 1,
        lease_token = gen_random_uuid(),
        claimed_by = p_reconciled_by,
        leased_at = v_now,
        lease_expires_at = v_now,
        lease_xid = pg_current_xact_id(),
        lease_incarnation = public.outbox_incarnation()
    WHERE p.outbox_id = p_outbox_id
    RETURNING p.* INTO v_row;
    SELECT r.attempt_no, r.state
    INTO v_recorded
    FROM public.record_outbox_outcome(
        v_row, v_settings, v_now, 'DISPATCHED', p_reconciled_by, 'RECONCILIATION', NULL, p_rail_reference, NULL, NULL, NULL, NULL
    ) AS r;
    RETURN v_recorded.attempt_no;
END
$$;

COMMENT ON FUNCTION public.reconcile_dispatched_payment(uuid, text, text) IS
    'While claims are closed: records DISPATCHED for a pending payment that the rail is known to have executed. Answers its attempt_no.';

-- The one row of limits. A row that is there is the owner's and stays as it is. Where it was lost, nobody knows whether claims
-- were open: they are closed. Test: test_applying.py::test_lost_row_of_limits_comes_back_with_claims_closed.
INSERT INTO public.outbox_settings (incarnation, claims_open, claims_closed_reason)
SELECT
    public.outbox_incarnation(),
    NOT k.known,
    CASE WHEN k.known THEN 'the row of limits was lost: reconcile with the rail, then call open_outbox_claims()' END
FROM (SELECT EXISTS (SELECT FROM public.payment_outbox_keys) AS known) AS k
ON CONFLICT (singleton) DO NOTHING;

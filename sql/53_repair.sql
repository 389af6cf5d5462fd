-- Lease repair: what a worker that died held goes back to the queue, and leaves its ledger row.

CREATE OR REPLACE FUNCTION public.repair_expired_leases(p_batch_size integer, p_worker_id text)
RETURNS TABLE (outbox_id uuid, attempt_no integer, state public.payment_outbox_attempt_state)
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_settings public.outbox_settings := public.require_outbox_settings();
BEGIN
    PERFORM public.require_integer_between('batch size', p_batch_size, 1, v_settings.max_batch_size);
    PERFORM public.require_worker_id(p_worker_id);
    PERFORM public.require_open_claims(v_settings);
    RETURN QUERY
    SELECT e.outbox_id, e.attempt_no, e.state
    FROM public.end_expired_leases(v_settings, p_batch_size, p_worker_id, v_settings.retry_delay_seconds) AS e;
END
$$;

COMMENT ON FUNCTION public.repair_expired_leases(integer, text) IS
    'Ends up to p_batch_size expired leases: REPAIR_REQUEUED and due again after the retry delay, or FAILED at the ceiling. Two repairs never wait for each other.';

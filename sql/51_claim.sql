-- How a worker takes payments: a lease on each, for a stated number of seconds.

CREATE OR REPLACE FUNCTION public.claim_outbox_batch(
    p_batch_size integer,
    p_worker_id text,
    p_lease_seconds integer
)
RETURNS TABLE (
    outbox_id uuid,
    instruction_id text,
    participant_id text,
    sequence_id bigint,
    idempotency_key text,
    rail_type text,
    payload jsonb,
    attempt_count integer,
    lease_token uuid,
    lease_epoch bigint,
    claimed_by text,
    leased_at timestamptz,
    lease_expires_at timestamptz
)
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_settings public.outbox_settings := public.require_outbox_settings();
    v_now timestamptz;
    v_claimed uuid[];
BEGIN
    PERFORM public.require_integer_between('batch size', p_batch_size, 1, v_settings.max_batch_size);
    PERFORM public.require_worker_id(p_worker_id);
    PERFORM public.require_integer_between('lease seconds', p_lease_seconds, 1, v_settings.max_lease_seconds);
    PERFORM public.require_open_claims(v_settings);

    -- Due rows that nobody holds, oldest first. SKIP LOCKED: two claimers share the queue without waiting for each other.
    -- The ids are gathered before anything is written, so that no plan can lease more than was asked for, and a payment
    -- that already has its terminal row is passed over. The scalar subquery cannot become a join over the whole ledger.
    -- Proofs: lease_exclusivity/an_open_claim_hides_its_row_without_waiting, lease_exclusivity/the_batch_bound_holds_under_any_plan.
    v_now := public.outbox_clock();
    SELECT coalesce(array_agg(due.outbox_id), ARRAY[]::uuid[])
    INTO v_claimed
    FROM (
        SELECT p.outbox_id
        FROM public.payment_outbox_pending AS p
        WHERE p.lease_token IS NULL
            AND p.next_attempt_at <= v_now
            AND (
                SELECT a.attempt_no
                FROM public.payment_outbox_attempts AS a
                WHERE a.outbox_id = p.outbox_id AND a.state IN ('DISPATCHED', 'FAILED')
            ) IS NULL
        ORDER BY p.next_attempt_at, p.created_at
        LIMIT p_batch_size
        FOR UPDATE OF p SKIP LOCKED
    ) AS due;

    -- Where room is left, leases that ran out are taken over, each with the ledger row of the lease that it ends; those that
    -- end at the ceiling are not pending any more. Proof: lineage/a_take_over_leaves_the_ledger_row_of_the_lost_lease.
    SELECT v_claimed || array_agg(ended.outbox_id)
    INTO v_claimed
    FROM public.end_expired_leases(v_settings, p_batch_size - cardinality(v_claimed), p_worker_id, 0) AS ended;

    -- Read again after the locks: a lease granted late in a long transaction has its full length.
    -- Proof: time/a_lease_granted_late_in_a_transaction_has_its_full_length.
    v_now := public.outbox_clock();
    RETURN QUERY
    WITH leased AS (
        UPDATE public.payment_outbox_pending AS p
        SET lease_epoch = p.lease_epoch + 1,
            lease_token = gen_random_uuid(),
            claimed_by = p_worker_id,
            leased_at = v_now,
            lease_expires_at = v_now + make_interval(secs => p_lease_seconds),
            lease_xid = pg_current_xact_id(),
            lease_incarnation = v_settings.incarnation
        WHERE p.outbox_id = ANY (v_claimed)
        RETURNING p.*
    )
    SELECT
        l.outbox_id,
        l.instruction_id,
        l.participant_id,
        l.sequence_id,
        l.idempotency_key,
        l.rail_type,
        l.payload,
        l.attempt_count,
        l.lease_token,
        l.lease_epoch,
        l.claimed_by,
        l.leased_at,
        l.lease_expires_at
    FROM leased AS l
    ORDER BY l.next_attempt_at, l.created_at;
END
$$;

COMMENT ON FUNCTION public.claim_outbox_batch(integer, text, integer) IS
    'Leases up to p_batch_size due payments to a worker, oldest first, then expired leases of others. Read every row that comes back: each is leased, also under an outer LIMIT.';

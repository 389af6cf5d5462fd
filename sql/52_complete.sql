-- How a worker records what the rail answered: only while it holds a live lease, and only once.

CREATE OR REPLACE FUNCTION public.complete_outbox_attempt(
    p_outbox_id uuid,
    p_lease_token uuid,
    p_worker_id text,
    p_state public.payment_outbox_attempt_state,
    p_rail_reference text DEFAULT NULL,
    p_rail_code text DEFAULT NULL,
    p_error_code text DEFAULT NULL,
    p_error_message text DEFAULT NULL,
    p_latency_ms integer DEFAULT NULL,
    p_retry_delay_seconds integer DEFAULT NULL
)
RETURNS TABLE (attempt_no integer, state public.payment_outbox_attempt_state)
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_settings public.outbox_settings := public.require_outbox_settings();
    v_row public.payment_outbox_pending;
    v_now timestamptz;
    v_refused_with text;
BEGIN
    -- Lock, then read the clock, then judge: whoever waited here past the expiry has lost the lease, and whoever waited
    -- for another completion finds its outcome. Proofs: time/waiting_for_the_row_past_the_expiry_loses_the_lease,
    -- fencing/a_second_completion_waits_and_finds_the_first.
    SELECT p.* INTO v_row FROM public.payment_outbox_pending AS p WHERE p.outbox_id = p_outbox_id FOR UPDATE;
    v_now := public.outbox_clock();
    v_refused_with := public.outbox_completion_refusal(v_row, p_lease_token, p_worker_id, v_now, public.outbox_incarnation(), p_state);
    IF v_refused_with = 'P7002' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'P7002',
            MESSAGE = format('LEASE_LOST: worker %s holds no live lease on payment %s', coalesce(quote_literal(p_worker_id), 'NULL'), coalesce(p_outbox_id::text, 'NULL')),
            DETAIL = public.outbox_lease_refusal(v_row, p_lease_token, p_worker_id, v_now, public.outbox_incarnation()),
            HINT = 'Nothing was written. Drop the work; if the rail has answered, call report_late_outcome.';
    ELSIF v_refused_with = 'P7005' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'P7005',
            MESSAGE = format('CLAIM_NOT_COMMITTED: payment %s was claimed in this very transaction', p_outbox_id),
            DETAIL = format('lease_epoch %s, worker "%s"', v_row.lease_epoch, v_row.claimed_by),
            HINT = 'Nothing was written. Commit the claim before the rail is called: a claim that is rolled back after the dispatch pays twice.';
    ELSIF v_refused_with = 'P7003' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'P7003',
            MESSAGE = format('INVALID_COMPLETION_STATE: a worker may not record %s', coalesce(p_state::text, 'NULL')),
            DETAIL = format('payment %s; expected DISPATCHED, RETRYABLE or FAILED', p_outbox_id),
            HINT = 'Nothing was written; the lease still stands.';
    END IF;
    RETURN QUERY
    SELECT r.attempt_no, r.state
    FROM public.record_outbox_outcome(
        v_row, v_settings, v_now, p_state, p_worker_id, 'COMPLETION',
        public.outbox_retry_delay(p_retry_delay_seconds, v_settings),
        p_rail_reference, p_rail_code, p_error_code, p_error_message, p_latency_ms
    ) AS r;
END
$$;

COMMENT ON FUNCTION public.complete_outbox_attempt(
    uuid, uuid, text, public.payment_outbox_attempt_state, text, text, text, text, integer, integer
) IS 'Records the outcome of one leased payment. RETRYABLE becomes FAILED at the ceiling. Telemetry is cut or clamped, never refused.';

CREATE OR REPLACE FUNCTION public.complete_outbox_attempts(
    p_worker_id text,
    p_outbox_ids uuid[],
    p_lease_tokens uuid[],
    p_states public.payment_outbox_attempt_state[],
    p_rail_references text[] DEFAULT NULL,
    p_rail_codes text[] DEFAULT NULL,
    p_error_codes text[] DEFAULT NULL,
    p_error_messages text[] DEFAULT NULL,
    p_latencies_ms integer[] DEFAULT NULL,
    p_retry_delays_seconds integer[] DEFAULT NULL
)
RETURNS TABLE (
    outbox_id uuid,
    attempt_no integer,
    state public.payment_outbox_attempt_state,
    refused_with text,
    refused_constraint text
)
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_settings public.outbox_settings := public.require_outbox_settings();
    v_incarnation text := public.outbox_incarnation();
    v_row public.payment_outbox_pending;
    v_now timestamptz;
    v_attempt_nos integer[];
    v_states public.payment_outbox_attempt_state[];
    v_refused_with text[];
    v_refused_constraints text[];
    v_ended integer;
    v_gone integer;
    v_requeued integer;
    v_constraint text;
    v_outcome record;
BEGIN
    PERFORM public.require_integer_between('outcomes in one call', cardinality(p_outbox_ids), 1, v_settings.max_batch_size);
    -- unnest() would fill a short array with NULL: an outcome must not lose its token or its state that way.
    IF (array_ndims(p_outbox_ids), cardinality(p_lease_tokens), cardinality(p_states))
            IS DISTINCT FROM (1, cardinality(p_outbox_ids), cardinality(p_outbox_ids))
        OR cardinality(p_outbox_ids) <> ANY (ARRAY[
            cardinality(p_rail_references), cardinality(p_rail_codes), cardinality(p_error_codes),
            cardinality(p_error_messages), cardinality(p_latencies_ms), cardinality(p_retry_delays_seconds)
        ])
    THEN
        RAISE EXCEPTION USING
            ERRCODE = '22023',
            MESSAGE = 'outcomes: got arrays of different lengths; expected one entry for each payment in every array that is given',
            HINT = 'Pass NULL for an array that no payment needs.';
    END IF;

    v_refused_constraints := array_fill(NULL::text, ARRAY[cardinality(p_outbox_ids)]);

    -- The same order as complete_outbox_attempt, for the whole set: lock, read the clock, judge, write. Rows are locked
    -- in the order of their ids, so that two calls with the same payments never deadlock.
    -- Proofs: fencing/crossed_sets_of_outcomes_do_not_deadlock, fencing/sets_lock_in_the_order_of_the_ids_under_any_plan.
    PERFORM p.outbox_id
    FROM public.payment_outbox_pending AS p
    WHERE p.outbox_id = ANY (p_outbox_ids)
    ORDER BY p.outbox_id
    FOR UPDATE;
    v_now := public.outbox_clock();

    SELECT
        array_agg(j.attempt_no),
        array_agg(CASE WHEN j.state = 'RETRYABLE' AND j.attempt_no >= v_settings.retry_ceiling THEN 'FAILED' ELSE j.state END),
        -- A payment that stands in the set twice is completed once, as by two calls in a row.
        array_agg(CASE WHEN j.refused_with IS NULL AND j.turn > 1 THEN 'P7002' ELSE j.refused_with END)
    INTO v_attempt_nos, v_states, v_refused_with
    FROM (
        SELECT
            r.*,
            row_number() OVER (PARTITION BY r.outbox_id, r.refused_with ORDER BY r.position) AS turn
        FROM (
            SELECT
                o.position,
                o.outbox_id,
                o.state,
                1 + coalesce((SELECT max(a.attempt_no) FROM public.payment_outbox_attempts AS a WHERE a.outbox_id = o.outbox_id), 0) AS attempt_no,
                public.outbox_completion_refusal(p, o.lease_token, p_worker_id, v_now, v_incarnation, o.state) AS refused_with
            FROM unnest(p_outbox_ids, p_lease_tokens, p_states) WITH ORDINALITY AS o (outbox_id, lease_token, state, position)
            LEFT JOIN public.payment_outbox_pending AS p ON p.outbox_id = o.outbox_id
        ) AS r
        ORDER BY r.position
    ) AS j;

    BEGIN
        INSERT INTO public.payment_outbox_attempts (
            outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload,
            lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by,
            rail_reference, rail_code, error_code, error_message, latency_ms
        )
        SELECT
            p.outbox_id, o.attempt_no, o.state, p.instruction_id, p.participant_id, p.sequence_id, p.idempotency_key, p.rail_type, p.payload,
            p.lease_epoch, p.lease_token, p.claimed_by, p.leased_at, p_worker_id, v_now, 'COMPLETION',
            left(o.rail_reference, 200), left(o.rail_code, 64), left(o.error_code, 64), left(o.error_message, 2000),
            CASE WHEN o.latency_ms < 0 THEN 0 ELSE o.latency_ms END
        FROM unnest(
            p_outbox_ids, v_attempt_nos, v_states, v_refused_with,
            p_rail_references, p_rail_codes, p_error_codes, p_error_messages, p_latencies_ms
        ) AS o (outbox_id, attempt_no, state, refused_with, rail_reference, rail_code, error_code, error_message, latency_ms)
        JOIN public.payment_outbox_pending AS p ON p.outbox_id = o.outbox_id
        WHERE o.refused_with IS NULL;
        GET DIAGNOSTICS v_ended = ROW_COUNT;

        DELETE FROM public.payment_outbox_pending AS p
        USING unnest(p_outbox_ids, p_lease_tokens, v_states, v_refused_with) AS o (outbox_id, lease_token, state, refused_with)
        WHERE o.refused_with IS NULL
            AND o.state IN ('DISPATCHED', 'FAILED')
            AND p.outbox_id = o.outbox_id
            AND p.lease_token = o.lease_token
            AND p.claimed_by = p_worker_id COLLATE "C"
            AND p.lease_expires_at > v_now;
        GET DIAGNOSTICS v_gone = ROW_COUNT;

        UPDATE public.payment_outbox_pending AS p
        SET attempt_count = o.attempt_no,
            next_attempt_at = v_now + make_interval(secs => public.outbox_retry_delay(o.retry_delay_seconds, v_settings)),
            lease_token = NULL,
            claimed_by = NULL,
            leased_at = NULL,
            lease_expires_at = NULL,
            lease_xid = NULL,
            lease_incarnation = NULL
        FROM unnest(p_outbox_ids, p_lease_tokens, v_attempt_nos, v_states, v_refused_with, p_retry_delays_seconds)
            AS o (outbox_id, lease_token, attempt_no, state, refused_with, retry_delay_seconds)
        WHERE o.refused_with IS NULL
            AND o.state = 'RETRYABLE'
            AND p.outbox_id = o.outbox_id
            AND p.lease_token = o.lease_token
            AND p.claimed_by = p_worker_id COLLATE "C"
            AND p.lease_expires_at > v_now;
        GET DIAGNOSTICS v_requeued = ROW_COUNT;

        IF v_gone + v_requeued <> v_ended THEN
            RAISE EXCEPTION USING
                ERRCODE = 'P7002',
                MESSAGE = format('LEASE_LOST: %s ledger rows for %s ended leases', v_ended, v_gone + v_requeued),
                HINT = 'Nothing was written.';
        END IF;
    EXCEPTION
        WHEN SQLSTATE 'P7011' OR unique_violation THEN
            -- One payment of the set already has its final outcome: the others are recorded one by one. Any other error is
            -- the whole set's: to go on would hide it.
            -- Proofs: fencing/one_refused_outcome_does_not_hold_back_the_set, fencing/a_terminal_guard_hit_in_a_set_names_its_index.
            -- unnest() here too: a subscript would depend on the bounds that the caller gave its arrays.
            -- Proof: fencing/a_set_that_is_taken_apart_keeps_each_outcome_with_its_payment.
            FOR v_outcome IN
                SELECT o.*
                FROM unnest(
                    p_outbox_ids, p_states, p_rail_references, p_rail_codes, p_error_codes, p_error_messages, p_latencies_ms,
                    p_retry_delays_seconds
                ) WITH ORDINALITY AS o (
                    outbox_id, state, rail_reference, rail_code, error_code, error_message, latency_ms, retry_delay_seconds, position
                )
            LOOP
                CONTINUE WHEN v_refused_with[v_outcome.position] IS NOT NULL;
                BEGIN
                    SELECT p.* INTO v_row FROM public.payment_outbox_pending AS p WHERE p.outbox_id = v_outcome.outbox_id;
                    PERFORM public.record_outbox_outcome(
                        v_row, v_settings, v_now, v_outcome.state, p_worker_id, 'COMPLETION',
                        public.outbox_retry_delay(v_outcome.retry_delay_seconds, v_settings),
                        v_outcome.rail_reference, v_outcome.rail_code, v_outcome.error_code, v_outcome.error_message, v_outcome.latency_ms
                    );
                EXCEPTION
                    WHEN SQLSTATE 'P7011' OR unique_violation THEN
                        GET STACKED DIAGNOSTICS v_constraint = CONSTRAINT_NAME;
                        v_refused_with[v_outcome.position] := SQLSTATE;
                        v_refused_constraints[v_outcome.position] := nullif(v_constraint, '');
                END;
            END LOOP;
    END;

    RETURN QUERY
    SELECT
        o.outbox_id,
        CASE WHEN o.refused_with IS NULL THEN o.attempt_no END,
        CASE WHEN o.refused_with IS NULL THEN o.state END,
        o.refused_with,
        o.refused_constraint
    FROM unnest(p_outbox_ids, v_attempt_nos, v_states, v_refused_with, v_refused_constraints)
        WITH ORDINALITY AS o (outbox_id, attempt_no, state, refused_with, refused_constraint, position)
    ORDER BY o.position;
END
$$;

COMMENT ON FUNCTION public.complete_outbox_attempts(
    text, uuid[], uuid[], public.payment_outbox_attempt_state[], text[], text[], text[], text[], integer[], integer[]
) IS 'Records many outcomes of one worker in one transaction, each judged by the rule of complete_outbox_attempt, and answers for each in the order given: refused_with is the SQLSTATE that the single call would have raised.';

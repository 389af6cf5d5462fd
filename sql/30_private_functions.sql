-- The pieces that the public functions are made of. Nobody but their owner, outbox_control, may execute them.

CREATE OR REPLACE FUNCTION public.outbox_clock()
RETURNS timestamptz
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN clock_timestamp();
END
$$;

COMMENT ON FUNCTION public.outbox_clock() IS
    'The one clock: the wall clock at the moment of the call, never the start of the transaction. A proof freezes it in its own scratch database.';

CREATE OR REPLACE FUNCTION public.outbox_incarnation()
RETURNS text
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (SELECT c.system_identifier FROM pg_control_system() AS c)
        || '/' || CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END
        || '/' || (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
        -- A dump that is restored into its own database makes the tables anew.
        -- Proof: claims_gate/tables_that_were_made_anew_close_claims.
        || '/' || 'public.payment_outbox_pending'::regclass::oid
        || '/' || 'public.payment_outbox_attempts'::regclass::oid;
END
$$;

COMMENT ON FUNCTION public.outbox_incarnation() IS
    'Which cluster, timeline, database and tables these are. A restore changes it, also into the same database, and so does a promotion or a point-in-time recovery; a standby has none of its own.';

CREATE OR REPLACE FUNCTION public.new_outbox_id(p_namespace uuid, p_instruction_id text, p_idempotency_key text)
RETURNS uuid
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_digest bytea := sha256(convert_to(jsonb_build_array(p_namespace, p_instruction_id, p_idempotency_key)::text, 'UTF8'));
BEGIN
    -- The rail tells payments apart by this: a request that a restore or a failover forgot, and that its caller repeats,
    -- must reach the rail under the key that the rail has seen. Version 8 of RFC 9562, made of the digest's first half.
    -- Proof: idempotency/a_request_that_was_forgotten_gets_its_identifier_again.
    v_digest := set_byte(v_digest, 6, get_byte(v_digest, 6) & 15 | 128);
    v_digest := set_byte(v_digest, 8, get_byte(v_digest, 8) & 63 | 128);
    RETURN encode(substr(v_digest, 1, 16), 'hex')::uuid;
END
$$;

COMMENT ON FUNCTION public.new_outbox_id(uuid, text, text) IS
    'A payment''s identifier, derived from its request: the same in every copy of this outbox, and in no other.';

CREATE OR REPLACE FUNCTION public.require_outbox_settings()
RETURNS public.outbox_settings
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_settings public.outbox_settings;
BEGIN
    SELECT s.* INTO v_settings FROM public.outbox_settings AS s;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'P7001',
            MESSAGE = 'MODEL_PREREQUISITE_MISSING: outbox_settings has no row',
            DETAIL = format('got an empty table in database "%s"; expected the one row of limits', current_database()),
            HINT = 'Apply sql/ again: it puts the row back with its defaults.';
    END IF;
    -- An acknowledged outcome must survive a crash whatever the caller's session says: a function-level SET would end
    -- with the function, this lasts to the commit. Proof: durability/the_caller_cannot_switch_durability_off.
    IF current_setting('synchronous_commit') IN ('off', 'local', 'remote_write') THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
    RETURN v_settings;
END
$$;

COMMENT ON FUNCTION public.require_outbox_settings() IS 'The limits, after the transaction''s durability was raised to at least synchronous_commit = on.';

CREATE OR REPLACE FUNCTION public.require_open_claims(p_settings public.outbox_settings)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- An old snapshot shows claims as they were: the lock ends with 40001 when they were closed since.
    -- Proof: claims_gate/an_old_snapshot_does_not_see_claims_open.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM s.singleton FROM public.outbox_settings AS s FOR SHARE;
    END IF;
    IF NOT p_settings.claims_open OR p_settings.incarnation <> public.outbox_incarnation() THEN
        RAISE EXCEPTION USING
            ERRCODE = 'P7007',
            MESSAGE = 'CLAIMS_CLOSED: no payment may be claimed or repaired in this database now',
            DETAIL = CASE
                WHEN NOT p_settings.claims_open THEN format('closed by the owner: %s', p_settings.claims_closed_reason)
                ELSE format('this is %s, claims were opened for %s: a restored, promoted or copied database', public.outbox_incarnation(), p_settings.incarnation)
            END,
            HINT = 'Reconcile with the rail by outbox_id, then the owner calls open_outbox_claims().';
    END IF;
END
$$;

COMMENT ON FUNCTION public.require_open_claims(public.outbox_settings) IS 'Refuses with P7007 while claims are closed, by the owner or by a change of incarnation.';

CREATE OR REPLACE FUNCTION public.require_integer_between(p_name text, p_value integer, p_least integer, p_most integer)
RETURNS void
LANGUAGE plpgsql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_value IS NULL OR p_value < p_least OR p_value > p_most THEN
        RAISE EXCEPTION USING
            ERRCODE = '22023',
            MESSAGE = format('%s: got %s; allowed %s to %s', p_name, coalesce(p_value::text, 'NULL'), p_least, p_most),
            HINT = 'The limits stand in outbox_settings; only its owner changes them.';
    END IF;
END
$$;

COMMENT ON FUNCTION public.require_integer_between(text, integer, integer, integer) IS 'Refuses an argument out of range, or NULL, with 22023.';

CREATE OR REPLACE FUNCTION public.require_worker_id(p_worker_id text)
RETURNS void
LANGUAGE plpgsql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_worker_id IS NULL OR p_worker_id COLLATE "C" !~ '^[!-~]{1,128}$' THEN
        RAISE EXCEPTION USING
            ERRCODE = '22023',
            MESSAGE = format('worker id: got %s; allowed 1 to 128 printable ASCII characters without a blank',
                coalesce(quote_literal(left(p_worker_id, 32)), 'NULL')),
            HINT = 'Give each worker process a stable name, for example its host name and process number.';
    END IF;
END
$$;

COMMENT ON FUNCTION public.require_worker_id(text) IS 'Refuses a worker id that a ledger could not name, with 22023.';

CREATE OR REPLACE FUNCTION public.draw_participant_sequence(p_participant_id text)
RETURNS bigint
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_drawn bigint;
BEGIN
    -- The row lock of the counter orders concurrent payments of one participant: no number twice, none skipped, and a
    -- rolled-back enqueue gives its number back. Proof: sequence/concurrent_enqueues_draw_no_gap_and_no_duplicate.
    INSERT INTO public.participant_outbox_sequences AS s (participant_id, next_sequence_id)
    VALUES (p_participant_id, 2)
    ON CONFLICT (participant_id) DO UPDATE SET next_sequence_id = s.next_sequence_id + 1
    RETURNING s.next_sequence_id - 1 INTO v_drawn;
    RETURN v_drawn;
END
$$;

COMMENT ON FUNCTION public.draw_participant_sequence(text) IS 'The next sequence number of a participant.';

CREATE OR REPLACE FUNCTION public.outbox_lease_refusal(
    p_row public.payment_outbox_pending,
    p_lease_token uuid,
    p_worker_id text,
    p_now timestamptz,
    p_incarnation text
)
RETURNS text
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
        WHEN p_row.lease_token IS NULL THEN 'the payment is not leased, or not pending'
        WHEN p_row.lease_token IS DISTINCT FROM p_lease_token THEN 'the lease has another token'
        -- The caller's text can bring a collation of its own. Proof: arguments/a_collation_of_the_caller_changes_nothing.
        WHEN p_row.claimed_by IS DISTINCT FROM p_worker_id COLLATE "C" THEN 'the lease belongs to another worker'
        WHEN p_row.lease_expires_at <= p_now THEN format('the lease expired at %s', p_row.lease_expires_at)
        WHEN p_row.lease_incarnation <> p_incarnation COLLATE "C" THEN 'the lease was granted before a restore or a promotion'
    END;
END
$$;

COMMENT ON FUNCTION public.outbox_lease_refusal(public.payment_outbox_pending, uuid, text, timestamptz, text) IS
    'Why this caller does not hold a live lease on this locked row; NULL when it does.';

CREATE OR REPLACE FUNCTION public.outbox_completion_refusal(
    p_row public.payment_outbox_pending,
    p_lease_token uuid,
    p_worker_id text,
    p_now timestamptz,
    p_incarnation text,
    p_state public.payment_outbox_attempt_state
)
RETURNS text
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
        WHEN public.outbox_lease_refusal(p_row, p_lease_token, p_worker_id, p_now, p_incarnation) IS NOT NULL THEN 'P7002'
        -- A dispatch before the lease is durable is how a claim that is rolled back pays twice.
        -- Proof: fencing/a_claim_cannot_be_completed_in_its_own_transaction.
        WHEN p_row.lease_xid = pg_current_xact_id_if_assigned() THEN 'P7005'
        WHEN p_state IS NULL OR p_state NOT IN ('DISPATCHED', 'RETRYABLE', 'FAILED') THEN 'P7003'
    END;
END
$$;

COMMENT ON FUNCTION public.outbox_completion_refusal(
    public.payment_outbox_pending, uuid, text, timestamptz, text, public.payment_outbox_attempt_state
) IS 'The SQLSTATE with which this completion of a locked row is refused, the lease judged first; NULL when it may be recorded.';

CREATE OR REPLACE FUNCTION public.outbox_retry_delay(p_asked_seconds integer, p_settings public.outbox_settings)
RETURNS integer
LANGUAGE plpgsql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN least(greatest(coalesce(p_asked_seconds, p_settings.retry_delay_seconds), 0), p_settings.max_retry_delay_seconds);
END
$$;

COMMENT ON FUNCTION public.outbox_retry_delay(integer, public.outbox_settings) IS 'The delay that a worker gets, in seconds: what it asked for, within the limits; never a refusal.';

CREATE OR REPLACE FUNCTION public.record_outbox_outcome(
    p_row public.payment_outbox_pending,
    p_settings public.outbox_settings,
    p_now timestamptz,
    p_state public.payment_outbox_attempt_state,
    p_recorded_by text,
    p_ended_by text,
    p_delay_seconds integer,
    p_rail_reference text,
    p_rail_code text,
    p_error_code text,
    p_error_message text,
    p_latency_ms integer,
    OUT attempt_no integer,
    OUT state public.payment_outbox_attempt_state
)
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_attempt_no integer;
    v_state public.payment_outbox_attempt_state := p_state;
BEGIN
    SELECT coalesce(max(a.attempt_no), 0) + 1
    INTO v_attempt_no
    FROM public.payment_outbox_attempts AS a
    WHERE a.outbox_id = p_row.outbox_id;
    IF v_state IN ('RETRYABLE', 'REPAIR_REQUEUED') AND v_attempt_no >= p_settings.retry_ceiling THEN
        v_state := 'FAILED';
    END IF;

    INSERT INTO public.payment_outbox_attempts (
        outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload,
        lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by,
        rail_reference, rail_code, error_code, error_message, latency_ms
    )
    VALUES (
        p_row.outbox_id, v_attempt_no, v_state, p_row.instruction_id, p_row.participant_id, p_row.sequence_id,
        p_row.idempotency_key, p_row.rail_type, p_row.payload,
        p_row.lease_epoch, p_row.lease_token, p_row.claimed_by, p_row.leased_at, p_recorded_by, p_now, p_ended_by,
        left(p_rail_reference, 200), left(p_rail_code, 64), left(p_error_code, 64), left(p_error_message, 2000),
        CASE WHEN p_latency_ms < 0 THEN 0 ELSE p_latency_ms END
    );

    IF v_state IN ('DISPATCHED', 'FAILED') THEN
        DELETE FROM public.payment_outbox_pending AS p
        WHERE p.outbox_id = p_row.outbox_id
            AND p.lease_token = p_row.lease_token
            AND p.claimed_by = p_row.claimed_by
            AND p.lease_expires_at = p_row.lease_expires_at;
    ELSE
        UPDATE public.payment_outbox_pending AS p
        SET attempt_count = v_attempt_no,
            next_attempt_at = p_now + make_interval(secs => p_delay_seconds),
            lease_token = NULL,
            claimed_by = NULL,
            leased_at = NULL,
            lease_expires_at = NULL,
            lease_xid = NULL,
            lease_incarnation = NULL
        WHERE p.outbox_id = p_row.outbox_id
            AND p.lease_token = p_row.lease_token
            AND p.claimed_by = p_row.claimed_by
            AND p.lease_expires_at = p_row.lease_expires_at;
    END IF;
    -- The row was locked before it was judged, so this cannot happen to a caller of the public functions; it stops an
    -- owner who hands over a row that is not the stored one. Proof: fencing/a_stale_row_image_cannot_be_recorded.
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'P7002',
            MESSAGE = format('LEASE_LOST: the lease on payment %s is not the one being recorded', p_row.outbox_id),
            DETAIL = format('lease_epoch %s, worker "%s"', p_row.lease_epoch, p_row.claimed_by),
            HINT = 'Nothing was written. Only the public functions record outcomes.';
    END IF;

    attempt_no := v_attempt_no;
    state := v_state;
END
$$;

COMMENT ON FUNCTION public.record_outbox_outcome(
    public.payment_outbox_pending, public.outbox_settings, timestamptz, public.payment_outbox_attempt_state,
    text, text, integer, text, text, text, text, integer
) IS 'Ends the lease of one locked row: its ledger row, then the removal or the return to the queue. FAILED at the ceiling, which only the ledger counts.';

CREATE OR REPLACE FUNCTION public.end_expired_leases(
    p_settings public.outbox_settings,
    p_limit integer,
    p_recorded_by text,
    p_delay_seconds integer
)
RETURNS TABLE (outbox_id uuid, attempt_no integer, state public.payment_outbox_attempt_state)
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_row public.payment_outbox_pending;
    v_now timestamptz;
    v_ended integer := 0;
    v_failed boolean;
    v_after_expiry timestamptz := '-infinity';
    v_after_id uuid := '00000000-0000-0000-0000-000000000000';
BEGIN
    LOOP
        v_failed := false;
        v_now := public.outbox_clock();
        FOR v_row IN
            SELECT p.*
            FROM public.payment_outbox_pending AS p
            WHERE p.lease_token IS NOT NULL
                AND p.lease_expires_at <= v_now
                AND (p.lease_expires_at, p.outbox_id) > (v_after_expiry, v_after_id)
            ORDER BY p.lease_expires_at, p.outbox_id
            LIMIT p_limit - v_ended
            FOR UPDATE SKIP LOCKED
        LOOP
            -- One row that cannot be ended stops nobody: it is named in a warning and the others go on.
            -- Proof: lease_repair/one_bad_row_stops_nobody.
            v_after_expiry := v_row.lease_expires_at;
            v_after_id := v_row.outbox_id;
            BEGIN
                SELECT r.attempt_no, r.state
                INTO attempt_no, state
                FROM public.record_outbox_outcome(
                    v_row, p_settings, v_now, 'REPAIR_REQUEUED', p_recorded_by, 'REPAIR', p_delay_seconds,
                    NULL, NULL, 'LEASE_EXPIRED', format('the lease of worker "%s" expired at %s', v_row.claimed_by, v_row.lease_expires_at), NULL
                ) AS r;
                outbox_id := v_row.outbox_id;
                v_ended := v_ended + 1;
                RETURN NEXT;
            EXCEPTION
                -- No fault of the row: the caller's to retry, or the whole server's (classes 53, 58 and XX).
                WHEN serialization_failure OR deadlock_detected OR lock_not_available
                    OR insufficient_resources OR system_error OR internal_error THEN
                    RAISE;
                WHEN OTHERS THEN
                    v_failed := true;
                    RAISE WARNING USING
                        MESSAGE = format('the expired lease on payment %s could not be ended (%s): %s', v_row.outbox_id, SQLSTATE, SQLERRM),
                        DETAIL = format('lease_epoch %s, worker "%s"', v_row.lease_epoch, v_row.claimed_by),
                        HINT = 'Run the standing invariants (invoke regression): they say what is wrong with this payment.';
            END;
        END LOOP;
        EXIT WHEN NOT v_failed;
    END LOOP;
END
$$;

COMMENT ON FUNCTION public.end_expired_leases(public.outbox_settings, integer, text, integer) IS
    'Ends up to p_limit expired leases that nobody else is ending now, each with its ledger row, whoever asks: lease repair or a claim that takes over.';

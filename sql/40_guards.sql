-- Triggers. The append-only ones are ALWAYS on, also under session_replication_role = replica; the second line of defence
-- refuses writes that no function of the model makes, whoever makes them.

CREATE OR REPLACE FUNCTION public.refuse_change_of_ledger()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'P0001',
        MESSAGE = format('APPEND_ONLY: %s on %s is refused', TG_OP, TG_TABLE_NAME),
        DETAIL = format('got %s by role "%s"; expected only INSERT, ever', TG_OP, current_user),
        HINT = 'The ledger is history: record a new row with the functions of the model.';
END
$$;

COMMENT ON FUNCTION public.refuse_change_of_ledger() IS 'UPDATE, DELETE and TRUNCATE on an append-only table: P0001.';

CREATE OR REPLACE TRIGGER payment_outbox_attempts_append_only
    BEFORE UPDATE OR DELETE ON public.payment_outbox_attempts
    FOR EACH ROW EXECUTE FUNCTION public.refuse_change_of_ledger();
CREATE OR REPLACE TRIGGER payment_outbox_attempts_no_truncate
    BEFORE TRUNCATE ON public.payment_outbox_attempts
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change_of_ledger();
CREATE OR REPLACE TRIGGER payment_outbox_late_outcomes_append_only
    BEFORE UPDATE OR DELETE ON public.payment_outbox_late_outcomes
    FOR EACH ROW EXECUTE FUNCTION public.refuse_change_of_ledger();
CREATE OR REPLACE TRIGGER payment_outbox_late_outcomes_no_truncate
    BEFORE TRUNCATE ON public.payment_outbox_late_outcomes
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change_of_ledger();
CREATE OR REPLACE TRIGGER payment_outbox_keys_append_only
    BEFORE UPDATE OR DELETE ON public.payment_outbox_keys
    FOR EACH ROW EXECUTE FUNCTION public.refuse_change_of_ledger();
CREATE OR REPLACE TRIGGER payment_outbox_keys_no_truncate
    BEFORE TRUNCATE ON public.payment_outbox_keys
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change_of_ledger();

ALTER TABLE public.payment_outbox_attempts ENABLE ALWAYS TRIGGER payment_outbox_attempts_append_only;
ALTER TABLE public.payment_outbox_attempts ENABLE ALWAYS TRIGGER payment_outbox_attempts_no_truncate;
ALTER TABLE public.payment_outbox_late_outcomes ENABLE ALWAYS TRIGGER payment_outbox_late_outcomes_append_only;
ALTER TABLE public.payment_outbox_late_outcomes ENABLE ALWAYS TRIGGER payment_outbox_late_outcomes_no_truncate;
ALTER TABLE public.payment_outbox_keys ENABLE ALWAYS TRIGGER payment_outbox_keys_append_only;
ALTER TABLE public.payment_outbox_keys ENABLE ALWAYS TRIGGER payment_outbox_keys_no_truncate;

CREATE OR REPLACE FUNCTION public.date_retry_ceiling()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- History that was lawful when it was written stays lawful. Proof: retry_ceiling/a_lowered_ceiling_leaves_history_lawful.
    NEW.retry_ceiling_since := public.outbox_clock();
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION public.date_retry_ceiling() IS 'Dates a change of the retry ceiling.';

CREATE OR REPLACE TRIGGER outbox_settings_ceiling_is_dated
    BEFORE UPDATE ON public.outbox_settings
    FOR EACH ROW
    WHEN (NEW.retry_ceiling <> OLD.retry_ceiling)
    EXECUTE FUNCTION public.date_retry_ceiling();

CREATE OR REPLACE FUNCTION public.require_current_lease_for_ledger_row()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_pending public.payment_outbox_pending;
    v_last_attempt_no integer;
BEGIN
    IF EXISTS (
        SELECT FROM public.payment_outbox_attempts AS a
        WHERE a.outbox_id = NEW.outbox_id AND a.state IN ('DISPATCHED', 'FAILED')
    ) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'P7011',
            MESSAGE = format('LEDGER_ROW_AFTER_TERMINAL: payment %s is finished', NEW.outbox_id),
            DETAIL = format('got a row %s %s for it; expected none after its terminal row', NEW.attempt_no, NEW.state),
            HINT = 'Nothing was written. Find out who still acts on this payment before anything else.';
    END IF;
    SELECT p.* INTO v_pending FROM public.payment_outbox_pending AS p WHERE p.outbox_id = NEW.outbox_id;
    IF v_pending.lease_token IS DISTINCT FROM NEW.lease_token
        OR v_pending.claimed_by IS DISTINCT FROM NEW.lease_worker
        OR v_pending.lease_epoch IS DISTINCT FROM NEW.lease_epoch
        OR v_pending.leased_at IS DISTINCT FROM NEW.leased_at
    THEN
        RAISE EXCEPTION USING
            ERRCODE = 'P7010',
            MESSAGE = format('LEDGER_ROW_WITHOUT_LEASE: payment %s has no such lease', NEW.outbox_id),
            DETAIL = format('got a row for lease_epoch %s of worker "%s"; expected the current lease, lease_epoch %s of worker "%s"',
                NEW.lease_epoch, NEW.lease_worker, coalesce(v_pending.lease_epoch::text, 'none'), coalesce(v_pending.claimed_by, 'nobody')),
            HINT = 'Nothing was written. Outcomes are recorded by complete_outbox_attempt and repair_expired_leases alone.';
    END IF;
    SELECT coalesce(max(a.attempt_no), 0)
    INTO v_last_attempt_no
    FROM public.payment_outbox_attempts AS a
    WHERE a.outbox_id = NEW.outbox_id;
    IF NEW.attempt_no <> v_last_attempt_no + 1 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'P7012',
            MESSAGE = format('LEDGER_GAP: attempt %s of payment %s does not follow attempt %s', NEW.attempt_no, NEW.outbox_id, v_last_attempt_no),
            DETAIL = format('got attempt_no %s; expected %s', NEW.attempt_no, v_last_attempt_no + 1),
            HINT = 'Nothing was written. The model numbers attempts itself.';
    END IF;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION public.require_current_lease_for_ledger_row() IS 'A ledger row after the terminal one (P7011), without the current lease (P7010) or out of order (P7012).';

CREATE OR REPLACE TRIGGER payment_outbox_attempts_needs_current_lease
    BEFORE INSERT ON public.payment_outbox_attempts
    FOR EACH ROW EXECUTE FUNCTION public.require_current_lease_for_ledger_row();

CREATE OR REPLACE FUNCTION public.require_terminal_row_for_removal()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_vanishing uuid;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        -- An older snapshot does not have what came since. Proof: conservation/an_old_snapshot_does_not_see_the_queue_empty.
        IF current_setting('transaction_isolation') <> 'read committed' THEN
            RAISE EXCEPTION USING
                ERRCODE = 'P7013',
                MESSAGE = 'PAYMENT_VANISHES: a payment could be in the queue that is newer than this snapshot',
                DETAIL = 'got TRUNCATE on payment_outbox_pending with an old snapshot; expected a transaction that is read committed',
                HINT = 'Nothing was removed. Truncate an empty queue in a transaction of its own.';
        END IF;
        SELECT p.outbox_id INTO v_vanishing FROM public.payment_outbox_pending AS p;
    ELSE
        -- A scalar subquery, not NOT EXISTS: it cannot become a hash join over the whole ledger.
        SELECT o.outbox_id
        INTO v_vanishing
        FROM removed_rows AS o
        WHERE (
            SELECT a.attempt_no
            FROM public.payment_outbox_attempts AS a
            WHERE a.outbox_id = o.outbox_id AND a.state IN ('DISPATCHED', 'FAILED')
        ) IS NULL;
    END IF;
    IF v_vanishing IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'P7013',
            MESSAGE = format('PAYMENT_VANISHES: payment %s has no final outcome', v_vanishing),
            DETAIL = format('got %s on payment_outbox_pending; expected a terminal row in payment_outbox_attempts first', TG_OP),
            HINT = 'Nothing was removed. A payment leaves the queue only with its outcome, by complete_outbox_attempt or at the ceiling.';
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION public.require_terminal_row_for_removal() IS 'A pending row that goes without its terminal row: P7013.';

CREATE OR REPLACE TRIGGER payment_outbox_pending_no_vanishing
    AFTER DELETE ON public.payment_outbox_pending
    REFERENCING OLD TABLE AS removed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION public.require_terminal_row_for_removal();
CREATE OR REPLACE TRIGGER payment_outbox_pending_no_truncate
    BEFORE TRUNCATE ON public.payment_outbox_pending
    FOR EACH STATEMENT EXECUTE FUNCTION public.require_terminal_row_for_removal();

-- The three guards below cost a comparison a row: the function is entered only to look at a lease that ends, or to refuse.
CREATE OR REPLACE FUNCTION public.refuse_change_of_identity()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'P7014',
        MESSAGE = format('IDENTITY_CHANGED: payment %s is frozen since it was enqueued', OLD.outbox_id),
        DETAIL = 'got a change of identifier, identity, payload or creation time; expected them as registered',
        HINT = 'Nothing was written. A different payment is a new request under its own key.';
END
$$;

COMMENT ON FUNCTION public.refuse_change_of_identity() IS 'Identity or payload of a pending row changed: P7014.';

CREATE OR REPLACE TRIGGER payment_outbox_pending_identity_is_frozen
    BEFORE UPDATE OF outbox_id, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, created_at
    ON public.payment_outbox_pending
    FOR EACH ROW
    -- As text: jsonb takes 10 and 10.0 for the same payload, the registry and the rail do not.
    WHEN (
        (OLD.outbox_id, OLD.instruction_id, OLD.participant_id, OLD.sequence_id, OLD.idempotency_key, OLD.rail_type, OLD.payload::text, OLD.created_at)
        IS DISTINCT FROM
        (NEW.outbox_id, NEW.instruction_id, NEW.participant_id, NEW.sequence_id, NEW.idempotency_key, NEW.rail_type, NEW.payload::text, NEW.created_at)
    )
    EXECUTE FUNCTION public.refuse_change_of_identity();

CREATE OR REPLACE FUNCTION public.require_ledger_row_for_ended_lease()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.payment_outbox_attempts AS a
        WHERE a.outbox_id = OLD.outbox_id AND a.lease_epoch = OLD.lease_epoch
    ) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'P7015',
            MESSAGE = format('LEASE_WITHOUT_LEDGER_ROW: the lease on payment %s would end without a trace', OLD.outbox_id),
            DETAIL = format('lease_epoch %s of worker "%s" has no row in payment_outbox_attempts', OLD.lease_epoch, OLD.claimed_by),
            HINT = 'Nothing was written. Leases end by complete_outbox_attempt, repair_expired_leases or a take-over.';
    END IF;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION public.require_ledger_row_for_ended_lease() IS 'A lease cleared or replaced without its ledger row: P7015.';

CREATE OR REPLACE TRIGGER payment_outbox_pending_lease_leaves_a_trace
    BEFORE UPDATE ON public.payment_outbox_pending
    FOR EACH ROW
    WHEN (
        OLD.lease_token IS NOT NULL
        AND (OLD.lease_token, OLD.claimed_by, OLD.leased_at) IS DISTINCT FROM (NEW.lease_token, NEW.claimed_by, NEW.leased_at)
    )
    EXECUTE FUNCTION public.require_ledger_row_for_ended_lease();

CREATE OR REPLACE FUNCTION public.refuse_broken_epoch()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'P7016',
        MESSAGE = format('LEASE_EPOCH_BROKEN: lease_epoch of payment %s may not go from %s to %s', OLD.outbox_id, OLD.lease_epoch, NEW.lease_epoch),
        DETAIL = 'expected it to advance by one with each new lease token and to stand still otherwise',
        HINT = 'Nothing was written. Only claim_outbox_batch grants leases.';
END
$$;

COMMENT ON FUNCTION public.refuse_broken_epoch() IS 'A lease epoch that does not advance by one with each new lease: P7016.';

CREATE OR REPLACE TRIGGER payment_outbox_pending_epoch_counts_leases
    BEFORE UPDATE ON public.payment_outbox_pending
    FOR EACH ROW
    WHEN (
        NEW.lease_epoch <> OLD.lease_epoch
            + CASE WHEN NEW.lease_token IS NOT NULL AND NEW.lease_token IS DISTINCT FROM OLD.lease_token THEN 1 ELSE 0 END
    )
    EXECUTE FUNCTION public.refuse_broken_epoch();

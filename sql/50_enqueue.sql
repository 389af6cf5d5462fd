-- How a payment enters: once for each instruction and key, for life.

CREATE OR REPLACE FUNCTION public.enqueue_payment_outbox(
    p_instruction_id text,
    p_participant_id text,
    p_idempotency_key text,
    p_rail_type text,
    p_payload jsonb
)
RETURNS TABLE (outbox_id uuid, sequence_id bigint, state text)
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_settings public.outbox_settings := public.require_outbox_settings();
    v_now timestamptz := public.outbox_clock();
    v_hash bytea := sha256(convert_to(jsonb_build_array(p_participant_id, p_rail_type, p_payload)::text, 'UTF8'));
    v_key public.payment_outbox_keys;
    v_sequence_id bigint;
    v_finished_sequence_id bigint;
    v_finished_state text;
BEGIN
    -- A concurrent duplicate waits here for the first to commit, then finds its row; under REPEATABLE READ it gets 40001.
    -- Proof: idempotency/a_concurrent_duplicate_waits_and_gets_the_first_payment.
    INSERT INTO public.payment_outbox_keys (outbox_id, instruction_id, idempotency_key, participant_id, rail_type, request_hash, registered_at)
    VALUES (
        public.new_outbox_id(v_settings.identifier_namespace, p_instruction_id, p_idempotency_key),
        p_instruction_id, p_idempotency_key, p_participant_id, p_rail_type, v_hash, v_now
    )
    ON CONFLICT DO NOTHING
    RETURNING * INTO v_key;

    IF FOUND THEN
        v_sequence_id := public.draw_participant_sequence(p_participant_id);
        INSERT INTO public.payment_outbox_pending (
            outbox_id, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, next_attempt_at, created_at
        )
        VALUES (
            v_key.outbox_id, p_instruction_id, p_participant_id, v_sequence_id, p_idempotency_key, p_rail_type, p_payload, v_now, v_now
        );
        -- Only a hint, so it must never cost the payment: when somebody lets the server's queue of notifications fill up,
        -- the commit of whoever notifies fails.
        IF pg_notification_queue_usage() < 0.5 THEN
            PERFORM pg_notify('payment_outbox_enqueued', '');
        END IF;
        RETURN QUERY SELECT v_key.outbox_id, v_sequence_id, 'PENDING';
        RETURN;
    END IF;

    SELECT k.*
    INTO v_key
    FROM public.payment_outbox_keys AS k
    -- The caller's text can bring a collation of its own. Proof: arguments/a_collation_of_the_caller_changes_nothing.
    WHERE k.instruction_id = p_instruction_id COLLATE "C" AND k.idempotency_key = p_idempotency_key COLLATE "C";
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = '23505',
            CONSTRAINT = 'payment_outbox_keys_pkey',
            MESSAGE = format('identifier of instruction "%s" with key "%s": got one that another request has', p_instruction_id, p_idempotency_key),
            HINT = 'Nothing was written. Requests were registered by hand, or moved here from another outbox: run the standing invariants.';
    END IF;
    IF v_key.request_hash <> v_hash THEN
        RAISE EXCEPTION USING
            ERRCODE = 'P7004',
            MESSAGE = format('IDEMPOTENCY_CONFLICT: instruction "%s" with key "%s" is registered for another payment', p_instruction_id, p_idempotency_key),
            DETAIL = format('registered as payment %s of participant "%s" on rail "%s"; got participant "%s" on rail "%s"%s',
                v_key.outbox_id, v_key.participant_id, v_key.rail_type, p_participant_id, p_rail_type,
                CASE WHEN (v_key.participant_id, v_key.rail_type) = (p_participant_id COLLATE "C", p_rail_type COLLATE "C") THEN ' and another payload' ELSE '' END),
            HINT = 'Nothing was written. A different payment needs a key of its own.';
    END IF;

    -- The queue first, then the ledger: a payment that finishes between the two reads is found finished, never lost.
    -- Proof: idempotency/enqueue_that_races_the_completion_finds_the_finished_payment.
    SELECT p.sequence_id
    INTO v_sequence_id
    FROM public.payment_outbox_pending AS p
    WHERE p.outbox_id = v_key.outbox_id;
    SELECT a.sequence_id, a.state::text
    INTO v_finished_sequence_id, v_finished_state
    FROM public.payment_outbox_attempts AS a
    WHERE a.outbox_id = v_key.outbox_id AND a.state IN ('DISPATCHED', 'FAILED');
    IF v_finished_state IS NULL AND v_sequence_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'P7013',
            MESSAGE = format('PAYMENT_VANISHES: payment %s is registered but neither pending nor finished', v_key.outbox_id),
            DETAIL = format('instruction "%s" with key "%s", registered at %s', p_instruction_id, p_idempotency_key, v_key.registered_at),
            HINT = 'Nothing was written. A table was restored alone: close claims, then run the standing invariants (invoke regression).';
    END IF;
    RETURN QUERY SELECT v_key.outbox_id, coalesce(v_finished_sequence_id, v_sequence_id), coalesce(v_finished_state, 'PENDING');
END
$$;

COMMENT ON FUNCTION public.enqueue_payment_outbox(text, text, text, text, jsonb) IS
    'Registers a payment and queues it; the same request again answers with the same payment and its state, another request under the same key is P7004.';

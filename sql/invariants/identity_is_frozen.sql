-- Identity and payload are the same in the registry, in the pending row and in every attempt.
SELECT k.outbox_id, u.found_in, u.attempt_no
FROM public.payment_outbox_keys AS k
JOIN (
    SELECT p.outbox_id, 'payment_outbox_pending' AS found_in, NULL::integer AS attempt_no,
        p.instruction_id, p.participant_id, p.sequence_id, p.idempotency_key, p.rail_type, p.payload
    FROM public.payment_outbox_pending AS p
    UNION ALL
    SELECT a.outbox_id, 'payment_outbox_attempts', a.attempt_no,
        a.instruction_id, a.participant_id, a.sequence_id, a.idempotency_key, a.rail_type, a.payload
    FROM public.payment_outbox_attempts AS a
) AS u ON u.outbox_id = k.outbox_id
WHERE (u.instruction_id, u.participant_id, u.idempotency_key, u.rail_type)
        IS DISTINCT FROM (k.instruction_id, k.participant_id, k.idempotency_key, k.rail_type)
    OR sha256(convert_to(jsonb_build_array(u.participant_id, u.rail_type, u.payload)::text, 'UTF8')) <> k.request_hash
    OR u.sequence_id <> (
        SELECT first.sequence_id
        FROM public.payment_outbox_attempts AS first
        WHERE first.outbox_id = u.outbox_id
        ORDER BY first.attempt_no
        LIMIT 1
    );

-- Every registered request, and every history, is either pending or finished.
SELECT k.outbox_id, k.instruction_id, k.idempotency_key
FROM (
    SELECT r.outbox_id, r.instruction_id, r.idempotency_key FROM public.payment_outbox_keys AS r
    UNION
    SELECT h.outbox_id, h.instruction_id, h.idempotency_key FROM public.payment_outbox_attempts AS h
) AS k
WHERE NOT EXISTS (SELECT FROM public.payment_outbox_pending AS p WHERE p.outbox_id = k.outbox_id)
    AND NOT EXISTS (
        SELECT FROM public.payment_outbox_attempts AS a
        WHERE a.outbox_id = k.outbox_id AND a.state IN ('DISPATCHED', 'FAILED')
    );

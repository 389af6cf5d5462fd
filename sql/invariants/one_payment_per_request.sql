-- An instruction and key name one payment, over the registry, the queue and the ledger together.
SELECT u.instruction_id, u.idempotency_key, count(DISTINCT u.outbox_id) AS payments
FROM (
    SELECT k.instruction_id, k.idempotency_key, k.outbox_id FROM public.payment_outbox_keys AS k
    UNION
    SELECT p.instruction_id, p.idempotency_key, p.outbox_id FROM public.payment_outbox_pending AS p
    UNION
    SELECT a.instruction_id, a.idempotency_key, a.outbox_id FROM public.payment_outbox_attempts AS a
) AS u
GROUP BY u.instruction_id, u.idempotency_key
HAVING count(DISTINCT u.outbox_id) > 1;

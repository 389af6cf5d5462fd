-- Every pending row and every ledger row belongs to a registered request.
SELECT u.outbox_id, u.found_in
FROM (
    SELECT p.outbox_id, 'payment_outbox_pending' AS found_in FROM public.payment_outbox_pending AS p
    UNION
    SELECT a.outbox_id, 'payment_outbox_attempts' FROM public.payment_outbox_attempts AS a
) AS u
WHERE NOT EXISTS (SELECT FROM public.payment_outbox_keys AS k WHERE k.outbox_id = u.outbox_id);

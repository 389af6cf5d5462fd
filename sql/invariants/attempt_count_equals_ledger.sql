-- The attempt count of a pending row is the number of its ledger rows.
SELECT p.outbox_id, p.attempt_count, (SELECT count(*) FROM public.payment_outbox_attempts AS a WHERE a.outbox_id = p.outbox_id) AS ledger_rows
FROM public.payment_outbox_pending AS p
WHERE p.attempt_count <> (SELECT count(*) FROM public.payment_outbox_attempts AS a WHERE a.outbox_id = p.outbox_id);

-- A payment has at most one terminal row in the ledger.
SELECT a.outbox_id, count(*) AS terminal_rows
FROM public.payment_outbox_attempts AS a
WHERE a.state IN ('DISPATCHED', 'FAILED')
GROUP BY a.outbox_id
HAVING count(*) > 1;

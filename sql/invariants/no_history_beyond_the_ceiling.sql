-- No payment has more attempts than the ceiling, and none stands at the ceiling undecided. Rows of a reconciliation with the rail do not count.
SELECT a.outbox_id, count(*) AS ledger_rows, s.retry_ceiling
FROM public.payment_outbox_attempts AS a
CROSS JOIN public.outbox_settings AS s
GROUP BY a.outbox_id, s.retry_ceiling
HAVING NOT bool_or(a.ended_by = 'RECONCILIATION')
    AND (count(*) > s.retry_ceiling OR (count(*) = s.retry_ceiling AND NOT bool_or(a.state IN ('DISPATCHED', 'FAILED'))));

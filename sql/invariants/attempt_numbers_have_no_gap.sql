-- The attempt numbers of a payment run 1 2 3 without a gap.
SELECT a.outbox_id, count(*) AS ledger_rows, min(a.attempt_no) AS first_attempt_no, max(a.attempt_no) AS last_attempt_no
FROM public.payment_outbox_attempts AS a
GROUP BY a.outbox_id
HAVING min(a.attempt_no) <> 1 OR max(a.attempt_no) <> count(*) OR count(DISTINCT a.attempt_no) <> count(*);

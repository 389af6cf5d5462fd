-- No payment is both pending and finished: it would be dispatched again.
SELECT p.outbox_id, a.attempt_no, a.state
FROM public.payment_outbox_pending AS p
JOIN public.payment_outbox_attempts AS a ON a.outbox_id = p.outbox_id
WHERE a.state IN ('DISPATCHED', 'FAILED');

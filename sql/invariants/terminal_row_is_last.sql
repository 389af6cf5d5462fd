-- The terminal row of a payment is the last row of its history.
SELECT t.outbox_id, t.attempt_no AS terminal_attempt_no, later.attempt_no AS later_attempt_no
FROM public.payment_outbox_attempts AS t
JOIN public.payment_outbox_attempts AS later ON later.outbox_id = t.outbox_id AND later.attempt_no > t.attempt_no
WHERE t.state IN ('DISPATCHED', 'FAILED');

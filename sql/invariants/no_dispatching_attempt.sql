-- No attempt is in the state DISPATCHING: the lease alone says who is dispatching.
SELECT a.outbox_id, a.attempt_no
FROM public.payment_outbox_attempts AS a
WHERE a.state = 'DISPATCHING';

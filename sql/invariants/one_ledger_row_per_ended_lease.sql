-- Every lease that ended left exactly one ledger row: epochs run 1 2 3 in the order of the attempts, and the queue's epoch agrees.
SELECT a.outbox_id, 'ledger' AS found_in, count(*) AS ledger_rows, max(a.lease_epoch) AS last_epoch
FROM public.payment_outbox_attempts AS a
GROUP BY a.outbox_id
HAVING bool_or(a.lease_epoch <> a.attempt_no)
UNION ALL
SELECT p.outbox_id, 'queue', count(a.outbox_id), p.lease_epoch
FROM public.payment_outbox_pending AS p
LEFT JOIN public.payment_outbox_attempts AS a ON a.outbox_id = p.outbox_id
GROUP BY p.outbox_id, p.lease_epoch, p.lease_token
HAVING p.lease_epoch <> count(a.outbox_id) + (p.lease_token IS NOT NULL)::integer;

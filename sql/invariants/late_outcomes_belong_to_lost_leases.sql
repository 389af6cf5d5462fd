-- Every late outcome belongs to a lease that ended without the outcome of its own worker.
SELECT l.outbox_id, l.lease_epoch, l.worker_id
FROM public.payment_outbox_late_outcomes AS l
WHERE NOT EXISTS (
        SELECT FROM public.payment_outbox_attempts AS a
        WHERE a.outbox_id = l.outbox_id
            AND a.lease_epoch = l.lease_epoch
            AND a.lease_worker = l.worker_id
            AND a.ended_by <> 'COMPLETION'
    )
    AND NOT EXISTS (
        SELECT FROM public.payment_outbox_pending AS p
        WHERE p.outbox_id = l.outbox_id AND p.lease_epoch = l.lease_epoch AND p.claimed_by = l.worker_id
    );

-- No lease that was granted under the ceiling of today ended undecided at or beyond it. Payments that were reconciled with the rail do not count.
SELECT a.outbox_id, a.attempt_no, a.state, s.retry_ceiling
FROM public.payment_outbox_attempts AS a
CROSS JOIN public.outbox_settings AS s
WHERE a.state NOT IN ('DISPATCHED', 'FAILED')
    AND a.attempt_no >= s.retry_ceiling
    AND a.leased_at >= s.retry_ceiling_since
    AND NOT EXISTS (
        SELECT
        FROM public.payment_outbox_attempts AS r
        WHERE r.outbox_id = a.outbox_id AND r.ended_by = 'RECONCILIATION'
    );

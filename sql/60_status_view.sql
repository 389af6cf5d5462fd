-- What the on-call person reads. Its cost follows the queue, never the ledger.

CREATE OR REPLACE VIEW public.supervisor_outbox_status AS
SELECT
    q.pending_count,
    q.due_count,
    q.leased_count,
    q.expired_lease_count,
    q.oldest_due_seconds,
    q.oldest_expired_lease_seconds,
    (SELECT count(*) FROM public.payment_outbox_late_outcomes) AS late_outcome_count,
    s.claims_open AND s.incarnation = public.outbox_incarnation() AS claims_open,
    s.claims_closed_reason
FROM public.outbox_settings AS s
CROSS JOIN (SELECT public.outbox_clock() AS reading OFFSET 0) AS c
CROSS JOIN LATERAL (
    SELECT
        count(*) AS pending_count,
        count(*) FILTER (WHERE p.lease_token IS NULL AND p.next_attempt_at <= c.reading) AS due_count,
        count(*) FILTER (WHERE p.lease_token IS NOT NULL) AS leased_count,
        count(*) FILTER (WHERE p.lease_expires_at <= c.reading) AS expired_lease_count,
        greatest(extract(epoch FROM c.reading - min(p.next_attempt_at) FILTER (WHERE p.lease_token IS NULL)), 0)::bigint AS oldest_due_seconds,
        greatest(extract(epoch FROM c.reading - min(p.lease_expires_at)), 0)::bigint AS oldest_expired_lease_seconds
    FROM public.payment_outbox_pending AS p
) AS q;

COMMENT ON VIEW public.supervisor_outbox_status IS 'The state of the outbox in one row.';
COMMENT ON COLUMN public.supervisor_outbox_status.pending_count IS 'Payments without a final outcome.';
COMMENT ON COLUMN public.supervisor_outbox_status.due_count IS 'Of these, due now and held by nobody.';
COMMENT ON COLUMN public.supervisor_outbox_status.leased_count IS 'Of these, leased, expired leases included.';
COMMENT ON COLUMN public.supervisor_outbox_status.expired_lease_count IS 'Of these, under a lease that has run out: lease repair has not come by yet.';
COMMENT ON COLUMN public.supervisor_outbox_status.oldest_due_seconds IS 'How long the oldest due payment has waited, in seconds; 0 when none.';
COMMENT ON COLUMN public.supervisor_outbox_status.oldest_expired_lease_seconds IS 'How long ago the oldest expired lease ran out, in seconds; 0 when none.';
COMMENT ON COLUMN public.supervisor_outbox_status.late_outcome_count IS 'Outcomes that came after their lease was lost, ever.';
COMMENT ON COLUMN public.supervisor_outbox_status.claims_open IS 'Whether payments may be claimed in this database now.';
COMMENT ON COLUMN public.supervisor_outbox_status.claims_closed_reason IS 'Why the owner closed them.';

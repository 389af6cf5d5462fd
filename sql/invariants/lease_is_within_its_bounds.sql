-- No lease is longer than the longest that may be granted, and none was granted in the future.
SELECT p.outbox_id, p.leased_at, p.lease_expires_at
FROM public.payment_outbox_pending AS p
CROSS JOIN public.outbox_settings AS s
WHERE p.lease_expires_at > p.leased_at + make_interval(secs => s.max_lease_seconds)
    OR p.leased_at > clock_timestamp() + interval '5 seconds';

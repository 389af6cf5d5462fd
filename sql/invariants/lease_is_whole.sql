-- The lease columns of a pending row are all set or all clear.
SELECT p.outbox_id, p.lease_token IS NOT NULL AS has_token, p.claimed_by, p.leased_at, p.lease_expires_at
FROM public.payment_outbox_pending AS p
WHERE num_nonnulls(p.lease_token, p.claimed_by, p.leased_at, p.lease_expires_at, p.lease_xid, p.lease_incarnation) NOT IN (0, 6);

-- A constraint or a trigger of the model that runs a function or an operator which is not its own is noticed by a standing invariant.

-- @step forge: owner
CREATE FUNCTION public.num_nonnulls(uuid, text, timestamptz, timestamptz, xid8, text) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 0';
ALTER TABLE payment_outbox_pending DROP CONSTRAINT payment_outbox_pending_lease_is_whole;
ALTER TABLE payment_outbox_pending ADD CONSTRAINT payment_outbox_pending_lease_is_whole CHECK (public.num_nonnulls(lease_token, claimed_by, leased_at, lease_expires_at, lease_xid, lease_incarnation) IN (0, 6));

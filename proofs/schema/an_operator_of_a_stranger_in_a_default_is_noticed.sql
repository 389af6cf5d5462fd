-- An operator that PostgreSQL does not bring, in a default of a model table, is noticed by a standing invariant.

-- @step forge: owner
CREATE FUNCTION public.never(integer, integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 0';
CREATE OPERATOR public.+ (FUNCTION = public.never, LEFTARG = integer, RIGHTARG = integer);
ALTER TABLE payment_outbox_pending ALTER COLUMN attempt_count SET DEFAULT 0 OPERATOR(public.+) 0;

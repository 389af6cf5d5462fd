-- Tables, functions and operators of a hostile schema in front of the search path change nothing in any function.

-- @setup evil: owner
CREATE SCHEMA evil;
CREATE TABLE evil.payment_outbox_pending (LIKE public.payment_outbox_pending);
CREATE TABLE evil.payment_outbox_attempts (LIKE public.payment_outbox_attempts);
CREATE TABLE evil.payment_outbox_keys (LIKE public.payment_outbox_keys);
CREATE TABLE evil.outbox_settings (LIKE public.outbox_settings);
CREATE FUNCTION evil.outbox_clock() RETURNS timestamptz LANGUAGE sql AS 'SELECT ''2000-01-01''::timestamptz';
CREATE FUNCTION evil.gen_random_uuid() RETURNS uuid LANGUAGE sql AS 'SELECT ''00000000-0000-0000-0000-000000000001''::uuid';
CREATE FUNCTION evil.coalesce_trap(uuid, uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR evil.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = evil.coalesce_trap);
CREATE OPERATOR evil.<> (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = evil.coalesce_trap);
CREATE FUNCTION evil.late(timestamptz, timestamptz) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR evil.<= (LEFTARG = timestamptz, RIGHTARG = timestamptz, FUNCTION = evil.late);
GRANT USAGE ON SCHEMA evil TO PUBLIC;
GRANT ALL ON ALL TABLES IN SCHEMA evil TO PUBLIC;

-- @step enqueue: ingest
SET search_path = evil, pg_temp, pg_catalog, public;
SELECT outbox_id, sequence_id FROM public.enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{}') \gset

-- @step enqueue_again: ingest
SELECT sequence_id, state FROM public.enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{}');

-- @step claim: worker
SET search_path = evil, pg_temp, pg_catalog, public;
SELECT lease_token, lease_expires_at OPERATOR(pg_catalog.>) pg_catalog.now() AS live FROM public.claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step forged: worker
SELECT * FROM public.complete_outbox_attempt(:'outbox_id', '00000000-0000-0000-0000-000000000001', 'worker-1', 'DISPATCHED');

-- @step repair: worker
SELECT * FROM public.repair_expired_leases(1, 'worker-1');

-- @step complete: worker
SELECT attempt_no, state FROM public.complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @check rows: owner
SELECT (SELECT count(*) FROM public.payment_outbox_attempts) AS real, (SELECT count(*) FROM evil.payment_outbox_attempts) AS evil;

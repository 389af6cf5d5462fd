-- Temporary types, functions and casts do not reach the model's functions, and a cast of the caller's runs as the caller.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup shadow: worker
CREATE TYPE pg_temp.payment_outbox_attempt_state AS ENUM ('EVIL');
CREATE FUNCTION pg_temp.outbox_clock() RETURNS timestamptz LANGUAGE sql AS 'SELECT ''2000-01-01''::timestamptz';
CREATE FUNCTION pg_temp.gen_random_uuid() RETURNS uuid LANGUAGE sql AS 'SELECT ''00000000-0000-0000-0000-000000000001''::uuid';
CREATE TYPE pg_temp.trap AS (id uuid);
CREATE TEMP TABLE sprung (who text);
GRANT ALL ON pg_temp.sprung TO PUBLIC;
CREATE FUNCTION pg_temp.spring(pg_temp.trap) RETURNS uuid LANGUAGE plpgsql AS $$ BEGIN INSERT INTO pg_temp.sprung VALUES (current_user); RETURN ($1).id; END $$;
CREATE CAST (pg_temp.trap AS uuid) WITH FUNCTION pg_temp.spring(pg_temp.trap) AS IMPLICIT;
SET search_path = pg_temp, public;

-- @step claim: worker
SELECT lease_token, lease_token <> '00000000-0000-0000-0000-000000000001' AS real FROM public.claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step complete: worker
SELECT :'real' AS real, state FROM public.complete_outbox_attempt(ROW(:'outbox_id')::pg_temp.trap, :'lease_token', 'worker-1', 'DISPATCHED');

-- @step who: worker
SELECT DISTINCT who FROM pg_temp.sprung;

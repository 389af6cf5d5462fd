-- Temporary types and functions of the model's own names do not reach its functions.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup shadow: worker
CREATE TYPE pg_temp.payment_outbox_attempt_state AS ENUM ('EVIL');
CREATE FUNCTION pg_temp.outbox_clock() RETURNS timestamptz LANGUAGE sql AS 'SELECT ''2000-01-01''::timestamptz';
CREATE FUNCTION pg_temp.gen_random_uuid() RETURNS uuid LANGUAGE sql AS 'SELECT ''00000000-0000-0000-0000-000000000001''::uuid';
SET search_path = pg_temp, public;

-- @step claim: worker
SELECT lease_token, lease_token <> '00000000-0000-0000-0000-000000000001' AS real FROM public.claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step complete: worker
SELECT :'real' AS real, state FROM public.complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

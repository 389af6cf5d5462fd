-- A caller cannot become the owner of the functions, switch the triggers off or change a function.

-- @step set_role: worker
SET ROLE outbox_control;

-- @step set_session: worker
SET SESSION AUTHORIZATION outbox_control;

-- @step replica: worker
SET session_replication_role = replica;

-- @step alter: worker
ALTER FUNCTION claim_outbox_batch(integer, text, integer) RESET search_path;

-- @step replace: worker
CREATE OR REPLACE FUNCTION outbox_clock() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()';

-- @step overload: worker
CREATE FUNCTION public.claim_outbox_batch(integer, text) RETURNS integer LANGUAGE sql AS 'SELECT 1';

-- @step drop: worker
DROP FUNCTION outbox_clock();

-- @step disable: worker
ALTER TABLE payment_outbox_attempts DISABLE TRIGGER ALL;

-- @step ingest_role: ingest
SET ROLE outbox_control;

-- @step ingest_replica: ingest
SET session_replication_role = replica;

-- @step ingest_executor: ingest
SET ROLE outbox_executor;

-- @step grant: worker
GRANT outbox_control TO outbox_executor;

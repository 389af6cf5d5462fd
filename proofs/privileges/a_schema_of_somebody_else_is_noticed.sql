-- A schema whose owner could drop the model without owning its tables is noticed by a standing invariant.

-- @step forge: owner
ALTER SCHEMA public OWNER TO pg_monitor;
GRANT USAGE ON SCHEMA public TO outbox_ingest, outbox_executor, outbox_readonly, outbox_auditor, outbox_control;

-- No role of the model puts a rule, a trigger, a policy, a view or a foreign key on a table of the outbox.

-- A schema of the worker's own: what is refused below is refused for the outbox's tables, not for want of a place.
-- @setup own: owner
CREATE SCHEMA own AUTHORIZATION outbox_executor;

-- @step rule: worker
CREATE RULE quiet AS ON INSERT TO payment_outbox_pending DO INSTEAD NOTHING;

-- @step trigger: worker
CREATE TRIGGER quiet BEFORE INSERT ON payment_outbox_pending FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();

-- @step policy: worker
CREATE POLICY quiet ON payment_outbox_pending USING (false);

-- @step security: worker
ALTER TABLE payment_outbox_pending ENABLE ROW LEVEL SECURITY;

-- @step view: worker
CREATE TEMP VIEW tokens AS SELECT lease_token FROM payment_outbox_pending;

-- @step read_view: worker
SELECT * FROM tokens;

-- @step foreign_key: worker
CREATE TABLE own.hold (outbox_id uuid REFERENCES public.payment_outbox_pending (outbox_id));

-- @step inherit: worker
CREATE TABLE own.child () INHERITS (public.payment_outbox_pending);

-- @step replace_view: worker
CREATE OR REPLACE VIEW public.supervisor_outbox_status AS SELECT 0 AS pending_count;

-- @step comment: worker
COMMENT ON TABLE payment_outbox_pending IS 'mine';

-- The incarnation names the cluster, the timeline, the database and the two tables by their identifiers: a copy that shares all but one of them is still another one.

-- @step incarnation: owner
SELECT string_to_array(outbox_incarnation(), '/') = ARRAY[s.system_identifier::text, lpad(upper(to_hex(c.timeline_id)), 8, '0'), d.oid::text,
    to_regclass('public.payment_outbox_pending')::oid::text, to_regclass('public.payment_outbox_attempts')::oid::text] AS names_all_five
FROM pg_control_system() AS s, pg_control_checkpoint() AS c, pg_database AS d WHERE d.datname = current_database();

-- @check opened_for: owner
SELECT incarnation = outbox_incarnation() AS this_one FROM outbox_settings;

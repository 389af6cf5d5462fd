-- The roles of the model are members of no other role, not of each other and not of one that the server brings, so each holds what was granted to it and nothing more.

-- @step memberships: auditor
SELECT m.member::regrole AS role, m.roleid::regrole AS of FROM pg_auth_members AS m WHERE m.member::regrole::text IN ('outbox_ingest', 'outbox_executor', 'outbox_readonly', 'outbox_auditor', 'outbox_control') ORDER BY 1, 2;

-- @step inherited: auditor
SELECT r.rolname FROM pg_roles AS r CROSS JOIN unnest(ARRAY['pg_read_all_data', 'pg_write_all_data', 'pg_signal_backend', 'pg_monitor']) AS p (name) WHERE r.rolname IN ('outbox_ingest', 'outbox_executor', 'outbox_readonly', 'outbox_auditor', 'outbox_control') AND pg_has_role(r.oid, p.name, 'USAGE');

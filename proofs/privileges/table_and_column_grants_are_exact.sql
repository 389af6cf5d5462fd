-- Tables and columns are readable by exactly those roles that were given them, and the auditor sees no token and no payload.

-- @step tables: auditor
SELECT c.relname, r.rolname, string_agg(p.privilege, ' ' ORDER BY p.privilege) AS privileges
FROM pg_class AS c CROSS JOIN pg_roles AS r CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS p (privilege)
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v') AND r.rolname IN ('outbox_ingest', 'outbox_executor', 'outbox_readonly', 'outbox_auditor') AND has_table_privilege(r.oid, c.oid, p.privilege)
GROUP BY c.relname, r.rolname ORDER BY c.relname, r.rolname;

-- @step hidden_columns: auditor
SELECT a.attrelid::regclass::text || '.' || a.attname AS hidden
FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND NOT has_column_privilege('outbox_auditor', a.attrelid, a.attnum, 'SELECT')
ORDER BY 1;

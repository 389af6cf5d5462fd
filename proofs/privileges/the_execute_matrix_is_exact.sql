-- Each role executes exactly the functions that it was given, each function exists once, and PUBLIC executes none.

-- @step matrix: auditor
SELECT f.proname, string_agg(r.rolname, ' ' ORDER BY r.rolname) FILTER (WHERE has_function_privilege(r.oid, f.oid, 'EXECUTE')) AS executed_by, count(DISTINCT f.oid) AS overloads
FROM pg_proc AS f CROSS JOIN (SELECT oid, rolname FROM pg_roles WHERE rolname IN ('outbox_ingest', 'outbox_executor', 'outbox_readonly', 'outbox_auditor') UNION ALL SELECT 0, 'PUBLIC') AS r
WHERE f.pronamespace = 'public'::regnamespace
GROUP BY f.proname
HAVING bool_or(has_function_privilege(r.oid, f.oid, 'EXECUTE')) OR count(DISTINCT f.oid) > 1
ORDER BY f.proname;

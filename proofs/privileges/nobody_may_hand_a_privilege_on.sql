-- No role of the model may hand a privilege on: nothing was granted WITH GRANT OPTION.

-- @step hand_on: auditor
SELECT g.what, x.grantee::regrole AS grantee, x.privilege_type
FROM (
    SELECT c.oid::regclass::text AS what, c.relacl AS acl FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT a.attrelid::regclass || '.' || a.attname, a.attacl FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT f.oid::regprocedure::text, f.proacl FROM pg_proc AS f WHERE f.pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT n.nspname, n.nspacl FROM pg_namespace AS n WHERE n.nspname = 'public'
) AS g
CROSS JOIN LATERAL aclexplode(g.acl) AS x
WHERE x.is_grantable AND x.grantee::regrole::text LIKE 'outbox\_%';

-- @step try: worker
GRANT EXECUTE ON FUNCTION claim_outbox_batch(integer, text, integer) TO outbox_ingest;

-- @step try_to_read: auditor
GRANT SELECT ON supervisor_outbox_status TO outbox_ingest;

-- @check handed_on: auditor
SELECT has_function_privilege('outbox_ingest', 'claim_outbox_batch(integer, text, integer)', 'EXECUTE') AS claims, has_table_privilege('outbox_ingest', 'supervisor_outbox_status', 'SELECT') AS reads;

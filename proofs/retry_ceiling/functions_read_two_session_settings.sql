-- The functions of the model read two settings of the session, its isolation level and synchronous_commit, and set only the latter: no name that nobody thought of moves a limit.

-- @step settings: auditor
SELECT f.proname, m[1] AS name, m[2] AS argument
FROM pg_proc AS f CROSS JOIN LATERAL regexp_matches(f.prosrc, '(current_setting|set_config|pg_settings|\mSHOW\M|\mSET LOCAL\M)\s*\(?([^,)]*)', 'gi') AS m
WHERE f.pronamespace = 'public'::regnamespace
ORDER BY f.proname COLLATE "C", m[1];

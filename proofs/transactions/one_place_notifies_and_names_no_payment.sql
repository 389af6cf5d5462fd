-- One statement of the model notifies, that of enqueue, on the channel that workers listen to, and it says nothing of the payment to whoever listens.

-- @step notifications: auditor
SELECT f.proname, m[1] AS arguments
FROM pg_proc AS f CROSS JOIN LATERAL regexp_matches(f.prosrc, '\m(?:pg_notify|NOTIFY)\M\s*\(?([^);]*)', 'gi') AS m
WHERE f.pronamespace = 'public'::regnamespace
ORDER BY f.proname COLLATE "C", m[1];

-- Every constraint of the model is there under its name, validated and immediate.

-- @step constraints: auditor
SELECT string_agg(c.conname, ' ' ORDER BY c.conname COLLATE "C") AS names, bool_and(c.convalidated) AS validated, bool_or(c.condeferrable) AS deferrable FROM pg_constraint AS c WHERE c.connamespace = 'public'::regnamespace AND c.contype IN ('c', 'u', 'p', 'f');

-- The indexes that keep a claim's cost flat and the regression query cheap are there, valid, with their predicates.

-- @step indexes: auditor
SELECT i.indexrelid::regclass, i.indisvalid, pg_get_indexdef(i.indexrelid) FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisunique ORDER BY 1;

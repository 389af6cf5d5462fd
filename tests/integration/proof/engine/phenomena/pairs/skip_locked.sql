-- A row that another session holds is skipped without waiting.

-- @step take_a: a
BEGIN;
SELECT id FROM jobs ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED;

-- @step take_b: b
SELECT id FROM jobs ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED;

-- @step take_c: c
SELECT id FROM jobs ORDER BY id LIMIT 1 FOR UPDATE;

-- @step commit_a: a
COMMIT;

-- Under REPEATABLE READ two doctors who each saw the other leave together.

-- @setup begin_a: a
BEGIN ISOLATION LEVEL REPEATABLE READ;

-- @setup begin_b: b
BEGIN ISOLATION LEVEL REPEATABLE READ;

-- @step look_a: a
SELECT count(*) FROM doctors WHERE on_call;

-- @step look_b: b
SELECT count(*) FROM doctors WHERE on_call;

-- @step leave_a: a
UPDATE doctors SET on_call = false WHERE name = 'alice';

-- @step leave_b: b
UPDATE doctors SET on_call = false WHERE name = 'bob';

-- @step commit_a: a
COMMIT;

-- @step commit_b: b
COMMIT;

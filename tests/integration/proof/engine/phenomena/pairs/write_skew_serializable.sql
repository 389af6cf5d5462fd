-- Under SERIALIZABLE one of two doctors who each saw the other must stay.

-- @setup begin_a: a
BEGIN ISOLATION LEVEL SERIALIZABLE;

-- @setup begin_b: b
BEGIN ISOLATION LEVEL SERIALIZABLE;

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

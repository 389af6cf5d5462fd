-- Under REPEATABLE READ a write on a row that changed since the snapshot fails.

-- @setup begin_a: a
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT balance FROM accounts WHERE name = 'checking';

-- @setup begin_b: b
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT balance FROM accounts WHERE name = 'checking';

-- @step write_a: a
UPDATE accounts SET balance = balance + 100 WHERE name = 'checking';

-- @step write_b: b
UPDATE accounts SET balance = balance + 10 WHERE name = 'checking';

-- @step commit_a: a
COMMIT;

-- @step commit_b: b
COMMIT;

-- @check total: a
SELECT balance FROM accounts WHERE name = 'checking';

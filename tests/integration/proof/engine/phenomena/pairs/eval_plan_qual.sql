-- An update that waited looks at the new version of the row again and leaves it alone.

-- @setup begin: a
BEGIN;

-- @step withdraw_a: a
UPDATE accounts SET balance = balance - 500 WHERE name = 'checking' AND balance >= 500;

-- @step withdraw_b: b
UPDATE accounts SET balance = balance - 500 WHERE name = 'checking' AND balance >= 500;

-- @step commit: a
COMMIT;

-- @check rest: b
SELECT balance FROM accounts WHERE name = 'checking';

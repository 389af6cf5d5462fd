-- Under READ COMMITTED the later of two stale writes wins and the earlier is lost.

-- @setup begin_a: a
BEGIN;
SELECT balance AS seen_a FROM accounts WHERE name = 'checking' \gset

-- @setup begin_b: b
BEGIN;
SELECT balance AS seen_b FROM accounts WHERE name = 'checking' \gset

-- @step write_a: a
UPDATE accounts SET balance = :seen_a + 100 WHERE name = 'checking';

-- @step write_b: b
UPDATE accounts SET balance = :seen_b + 10 WHERE name = 'checking';

-- @step commit_a: a
COMMIT;

-- @step commit_b: b
COMMIT;

-- @check total: a
SELECT balance FROM accounts WHERE name = 'checking';

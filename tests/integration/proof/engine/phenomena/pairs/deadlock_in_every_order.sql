-- Of two crossed updates exactly one fails in every order.

-- @setup begin_a: a
BEGIN;
UPDATE accounts SET balance = balance + 1 WHERE name = 'checking';

-- @setup begin_b: b
BEGIN;
UPDATE accounts SET balance = balance + 1 WHERE name = 'savings';

-- @step cross_a: a
UPDATE accounts SET balance = balance + 1 WHERE name = 'savings';

-- @step cross_b: b
UPDATE accounts SET balance = balance + 1 WHERE name = 'checking';

-- @step commit_a: a
COMMIT;

-- @step commit_b: b
COMMIT;

-- A waiting statement that is cancelled leaves its transaction failed.

-- @setup whoami: b
SELECT pg_backend_pid() AS pid \gset

-- @step lock: a
BEGIN;
UPDATE accounts SET balance = 0 WHERE name = 'checking';

-- @step wait: b
UPDATE accounts SET balance = 1 WHERE name = 'checking';

-- @step cancel: c
SELECT pg_cancel_backend(:pid);

-- @step commit: a
COMMIT;

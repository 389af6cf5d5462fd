-- A killed session's locks are free and its next step finds the connection gone.

-- @setup whoami: victim
SELECT pg_backend_pid() AS pid \gset

-- @step lock: victim
BEGIN;
UPDATE accounts SET balance = 0 WHERE name = 'checking';

-- @step wait: other
UPDATE accounts SET balance = balance + 1 WHERE name = 'checking';

-- @step kill: killer
SELECT pg_terminate_backend(:pid);

-- @step commit: victim
COMMIT;

-- @check balance: other
SELECT balance FROM accounts WHERE name = 'checking';

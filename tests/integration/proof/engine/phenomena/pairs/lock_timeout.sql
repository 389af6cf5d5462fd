-- A wait that outlasts lock_timeout ends by itself and the session goes on.

-- @step lock: a
BEGIN;
LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE;

-- @step impatient: b
SET lock_timeout = '20ms';
UPDATE accounts SET balance = 0 WHERE name = 'checking';

-- @step commit: a
COMMIT;

-- @step again: b
UPDATE accounts SET balance = 0 WHERE name = 'checking';

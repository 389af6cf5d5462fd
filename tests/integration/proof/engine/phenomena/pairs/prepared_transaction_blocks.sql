-- A prepared transaction holds its row until somebody resolves it.

-- @setup prepare: a
BEGIN;
UPDATE accounts SET balance = 0 WHERE name = 'checking';
PREPARE TRANSACTION :'DBNAME';

-- @step wait: b
UPDATE accounts SET balance = balance + 1 WHERE name = 'checking';

-- @step resolve: a
ROLLBACK PREPARED :'DBNAME';

-- @check balance: b
SELECT balance FROM accounts WHERE name = 'checking';

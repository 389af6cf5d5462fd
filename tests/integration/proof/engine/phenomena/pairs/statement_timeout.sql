-- A statement that outlasts statement_timeout is cancelled.

-- @step slow: a
SET statement_timeout = '20ms';
SELECT pg_sleep(60);

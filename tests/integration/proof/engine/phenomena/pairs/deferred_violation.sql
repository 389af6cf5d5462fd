-- A deferred constraint refuses at COMMIT, by its own name.

-- @step double: a
BEGIN;
INSERT INTO jobs (priority) VALUES (1);

-- @step commit: a
COMMIT;

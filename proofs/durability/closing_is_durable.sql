-- An owner whose session has durability switched off still closes claims durably.

-- @step close: owner
SET synchronous_commit = off;
BEGIN;
SELECT close_outbox_claims('the rail is down');
SHOW synchronous_commit;

-- @step afterwards: owner
COMMIT;
SHOW synchronous_commit;

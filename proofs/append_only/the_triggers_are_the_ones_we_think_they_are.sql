-- The append-only triggers are always on, before the change, for each of UPDATE, DELETE and TRUNCATE.

-- @step definition: auditor
SELECT t.tgrelid::regclass, t.tgenabled, t.tgtype FROM pg_trigger AS t JOIN pg_proc AS f ON f.oid = t.tgfoid WHERE f.proname = 'refuse_change_of_ledger' ORDER BY t.tgrelid::regclass::text, t.tgtype;

-- The public functions run with their owner's rights, every function has its search path pinned with pg_temp last, and each has the volatility it needs.

-- @step functions: auditor
SELECT f.proname, f.prosecdef, f.proowner::regrole, f.provolatile, f.proisstrict, f.proparallel FROM pg_proc AS f WHERE f.pronamespace = 'public'::regnamespace AND f.proowner = 'outbox_control'::regrole ORDER BY 1;

-- @step functions_of_the_owner: auditor
SELECT f.proname, f.prosecdef, f.provolatile, f.proisstrict, f.proparallel FROM pg_proc AS f WHERE f.pronamespace = 'public'::regnamespace AND f.proowner <> 'outbox_control'::regrole ORDER BY 1;

-- @step paths: auditor
SELECT DISTINCT f.proconfig FROM pg_proc AS f WHERE f.pronamespace = 'public'::regnamespace;

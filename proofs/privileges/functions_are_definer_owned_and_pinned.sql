-- The public functions run with their owner's rights, every function has its search path pinned with pg_temp last, and each has the volatility it needs.

-- @step functions: auditor
SELECT f.proname, f.prosecdef, f.proowner::regrole, f.provolatile, f.proisstrict, f.proparallel FROM pg_proc AS f WHERE f.pronamespace = 'public'::regnamespace AND (f.prosecdef OR f.proowner <> 'outbox_control'::regrole) AND f.proname NOT IN ('open_outbox_claims', 'close_outbox_claims', 'reconcile_dispatched_payment') ORDER BY 1;

-- @step paths: auditor
SELECT DISTINCT f.proconfig FROM pg_proc AS f WHERE f.pronamespace = 'public'::regnamespace;

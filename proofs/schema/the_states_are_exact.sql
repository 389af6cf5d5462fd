-- The states of an attempt and their order are exact.

-- @step labels: auditor
SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum AS e WHERE e.enumtypid = 'payment_outbox_attempt_state'::regtype;

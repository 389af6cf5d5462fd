-- The terminal guard is a valid, immediate, unique index on the payment alone, over both terminal states and no other.

-- @step definition: auditor
SELECT i.indisunique, i.indisvalid, i.indisready, i.indimmediate, i.indislive, pg_get_indexdef(i.indexrelid)
FROM pg_index AS i WHERE i.indexrelid = 'payment_outbox_attempts_one_terminal_per_outbox'::regclass;

-- Hostile settings of the caller's session do not change what the functions decide.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup settings: worker
SET transform_null_equals = on; SET standard_conforming_strings = off; SET backslash_quote = on; SET array_nulls = off; SET bytea_output = escape;
SET DateStyle = 'SQL, DMY'; SET IntervalStyle = 'sql_standard'; SET TimeZone = 'Pacific/Kiritimati'; SET extra_float_digits = -15; SET row_security = off;
SET plpgsql.extra_errors = 'all'; SET plpgsql.extra_warnings = 'all'; SET enable_indexscan = off; SET enable_seqscan = off; SET jit = on; SET work_mem = '64kB';
SET default_transaction_isolation = 'read committed'; SET quote_all_identifiers = on; SET statement_timeout = '5s'; SET client_min_messages = error;

-- @step null_token: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', NULL, NULL, 'DISPATCHED');

-- @step claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step stale: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', gen_random_uuid(), 'worker-1', 'DISPATCHED');

-- @step complete: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- Nobody can block an enqueue with an advisory lock.

-- @setup lock: stranger
SELECT count(pg_advisory_lock(hashtextextended(k, n))) FROM unnest(ARRAY['instruction-1' || chr(31) || 'key-1', 'instruction-1', 'key-1', 'participant-1']) AS k, generate_series(0, 1) AS n;

-- @step enqueue: ingest
SET lock_timeout = '300ms';
SELECT sequence_id, state FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{}');

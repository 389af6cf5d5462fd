-- The oldest due rows come first also when the caller forbids every index.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 4) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup due: owner
UPDATE payment_outbox_pending SET next_attempt_at = '2020-01-01 00:00:00+00'::timestamptz + CASE sequence_id WHEN 1 THEN 3 WHEN 4 THEN 1 ELSE 2 END * interval '1 second';

-- @step claim: worker
SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off;
SELECT string_agg(sequence_id::text, ' ') AS in_order FROM claim_outbox_batch(2, 'worker-1', 60);

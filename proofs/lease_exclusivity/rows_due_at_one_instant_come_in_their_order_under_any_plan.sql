-- Rows that became due at one instant are claimed in the order of their arrival, also by a plan that sorts them instead of reading an index.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 4) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup due: owner
UPDATE payment_outbox_pending SET next_attempt_at = '2020-01-01 00:00:00+00';

-- @setup move_the_first_back: owner
UPDATE payment_outbox_pending SET payload = payload WHERE sequence_id = 1;
UPDATE payment_outbox_pending SET payload = payload WHERE sequence_id = 2;

-- @step claim: worker
SET enable_indexscan = off;
SET enable_bitmapscan = off;
SET enable_indexonlyscan = off;
SELECT string_agg(sequence_id::text, ' ') AS in_order FROM claim_outbox_batch(2, 'worker-1', 60);

-- @check left: owner
SELECT sequence_id FROM payment_outbox_pending WHERE lease_token IS NULL ORDER BY sequence_id;

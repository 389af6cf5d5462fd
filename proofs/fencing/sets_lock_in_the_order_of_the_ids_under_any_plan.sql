-- Two sets with the same payments lock them in the order of their ids whatever plan each session runs, so they do not deadlock.

-- @setup enqueue: ingest
SELECT outbox_id AS one FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{}') \gset
SELECT outbox_id AS two FROM enqueue_payment_outbox('instruction-2', 'participant-1', 'key-1', 'sepa', '{}') \gset
SELECT outbox_id AS three FROM enqueue_payment_outbox('instruction-3', 'participant-1', 'key-1', 'sepa', '{}') \gset

-- @setup claim: worker_a
SELECT array_agg(outbox_id ORDER BY outbox_id) AS ids, array_agg(lease_token ORDER BY outbox_id) AS tokens FROM claim_outbox_batch(3, 'worker-1', 60) \gset

-- The rows are written again from the largest id to the smallest: a scan of the table meets them in the opposite order of the index.
-- @setup turn_around: owner
UPDATE payment_outbox_pending SET next_attempt_at = next_attempt_at WHERE outbox_id = (:'ids'::uuid[])[3];
UPDATE payment_outbox_pending SET next_attempt_at = next_attempt_at WHERE outbox_id = (:'ids'::uuid[])[2];
UPDATE payment_outbox_pending SET next_attempt_at = next_attempt_at WHERE outbox_id = (:'ids'::uuid[])[1];
SELECT array_agg(outbox_id ORDER BY ctid DESC) = :'ids'::uuid[] AS opposite FROM payment_outbox_pending;

-- @setup by_index: worker_a
SET enable_seqscan = off;
SET enable_bitmapscan = off;

-- @setup by_table: worker_b
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SET enable_bitmapscan = off;

-- The barrier: with the middle payment held, one set that came from below and one that came from above would each hold what the other needs.
-- @step hold_middle: owner
BEGIN;
SELECT count(*) FROM (SELECT FROM payment_outbox_pending WHERE outbox_id = (:'ids'::uuid[])[2] FOR UPDATE) AS held;

-- @step set_a: worker_a
SELECT attempt_no, state, refused_with FROM complete_outbox_attempts('worker-1', :'ids', :'tokens', '{DISPATCHED,DISPATCHED,DISPATCHED}');

-- @step set_b: worker_b
SELECT attempt_no, state, refused_with FROM complete_outbox_attempts('worker-1', :'ids', :'tokens', '{FAILED,FAILED,FAILED}');

-- @step release_middle: owner
COMMIT;

-- @check ledger: owner
SELECT sequence_id, attempt_no, state FROM payment_outbox_attempts ORDER BY sequence_id;

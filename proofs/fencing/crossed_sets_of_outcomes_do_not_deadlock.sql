-- Two sets with the same payments in opposite order do not deadlock: the second waits and is refused row by row.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 3) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker_a
SELECT array_agg(outbox_id ORDER BY sequence_id) AS ids, array_agg(lease_token ORDER BY sequence_id) AS tokens, array_agg(outbox_id ORDER BY sequence_id DESC) AS ids_back, array_agg(lease_token ORDER BY sequence_id DESC) AS tokens_back FROM claim_outbox_batch(3, 'worker-1', 60) \gset

-- @step barrier_begin: owner
BEGIN;

-- @step barrier: owner
SELECT 1 FROM payment_outbox_pending WHERE sequence_id = 2 FOR UPDATE;

-- @step first: worker_a
SELECT count(*) FROM complete_outbox_attempts('worker-1', :'ids', :'tokens', '{DISPATCHED,DISPATCHED,DISPATCHED}') WHERE refused_with IS NULL;

-- @step second: worker_b
SELECT count(*) FROM complete_outbox_attempts('worker-1', :'ids_back', :'tokens_back', '{FAILED,FAILED,FAILED}') WHERE refused_with = 'P7002';

-- @step open: owner
COMMIT;

-- @check outcomes: owner
SELECT state, count(*) FROM payment_outbox_attempts GROUP BY state;

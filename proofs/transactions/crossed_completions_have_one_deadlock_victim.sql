-- Two transactions that complete two payments in opposite order: one is the deadlock's victim, and no half state is left.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 2) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker_a
SELECT (array_agg(outbox_id ORDER BY sequence_id))[1] AS first, (array_agg(lease_token ORDER BY sequence_id))[1] AS first_token, (array_agg(outbox_id ORDER BY sequence_id))[2] AS second, (array_agg(lease_token ORDER BY sequence_id))[2] AS second_token FROM claim_outbox_batch(2, 'worker-1', 60) \gset

-- @step begin_a: worker_a
BEGIN;

-- @step begin_b: worker_b
BEGIN;

-- @step a_first: worker_a
SELECT state FROM complete_outbox_attempt(:'first', :'first_token', 'worker-1', 'DISPATCHED');

-- @step b_second: worker_b
SELECT state FROM complete_outbox_attempt(:'second', :'second_token', 'worker-1', 'DISPATCHED');

-- @step a_second: worker_a
SELECT state FROM complete_outbox_attempt(:'second', :'second_token', 'worker-1', 'DISPATCHED');

-- @step b_first: worker_b
SELECT state FROM complete_outbox_attempt(:'first', :'first_token', 'worker-1', 'DISPATCHED');

-- @step commit_a: worker_a
COMMIT;

-- @step commit_b: worker_b
COMMIT;

-- @check outcomes: owner
SELECT sequence_id, state FROM payment_outbox_attempts ORDER BY sequence_id;

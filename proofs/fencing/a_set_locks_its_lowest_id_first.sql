-- A set locks its payments from the lowest id upwards: while it waits for a higher one, a completion of a lower one waits for the set.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 2) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT array_agg(outbox_id ORDER BY outbox_id) AS ids, array_agg(lease_token ORDER BY outbox_id) AS tokens FROM claim_outbox_batch(2, 'worker-1', 60) \gset

-- @step hold_higher: owner
BEGIN;
SELECT count(*) FROM (SELECT FROM payment_outbox_pending WHERE outbox_id = (:'ids'::uuid[])[2] FOR UPDATE) AS held;

-- @step set: worker_a
SELECT attempt_no, state, refused_with FROM complete_outbox_attempts('worker-1', :'ids', :'tokens', '{DISPATCHED,DISPATCHED}');

-- @step lower: worker_b
SELECT * FROM complete_outbox_attempt((:'ids'::uuid[])[1], (:'tokens'::uuid[])[1], 'worker-1', 'FAILED');

-- @step release: owner
COMMIT;

-- Closing claims waits for the claims that are under way, and every later one waits for it: claims with old snapshots cannot keep it out for ever.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 3) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}');

-- @step begin_a: worker_a
BEGIN ISOLATION LEVEL REPEATABLE READ;

-- @step first: worker_a
SELECT claimed_by FROM claim_outbox_batch(1, 'worker-a', 60);

-- @step close: owner
SELECT close_outbox_claims('the rail is being reconciled');

-- @step plain: worker_c
SELECT claimed_by FROM claim_outbox_batch(1, 'worker-c', 60);

-- @step begin_b: worker_b
BEGIN ISOLATION LEVEL REPEATABLE READ;

-- @step second: worker_b
SELECT claimed_by FROM claim_outbox_batch(1, 'worker-b', 60);

-- @step commit: worker_a
COMMIT;

-- @check closed: owner
SELECT claims_open FROM supervisor_outbox_status;

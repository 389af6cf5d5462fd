-- The lease epoch counts leases by itself: a wrong attempt count in the queue neither moves it nor stops a claim.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 2) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup forge: owner
UPDATE payment_outbox_pending SET attempt_count = 1000 WHERE sequence_id = 1;

-- @step claim: worker
SELECT sequence_id, lease_epoch FROM claim_outbox_batch(2, 'worker-1', 60);

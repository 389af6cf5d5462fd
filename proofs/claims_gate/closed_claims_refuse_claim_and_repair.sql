-- While the owner keeps claims closed, nobody claims or repairs, and leases that are out may still be completed.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 2) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim_one: worker
SELECT outbox_id, lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step close: owner
SELECT close_outbox_claims('rail maintenance');

-- @step claim: worker
SELECT * FROM claim_outbox_batch(1, 'worker-1', 60);

-- @step repair: worker
SELECT * FROM repair_expired_leases(1, 'worker-1');

-- @step complete: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step enqueue_more: ingest
SELECT sequence_id FROM enqueue_payment_outbox('instruction-3', 'participant-1', 'key-1', 'sepa', '{}');

-- @step open: owner
SELECT open_outbox_claims();

-- @step claim_again: worker
SELECT count(*) FROM claim_outbox_batch(5, 'worker-1', 60);

-- @check settings: owner
SELECT claims_open, claims_closed_reason, incarnation = outbox_incarnation() AS here FROM outbox_settings;

-- A batch size that is NULL, zero, negative or huge is refused, by claim and by repair, and the largest is accepted.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step claim_null: worker
SELECT * FROM claim_outbox_batch(NULL, 'worker-1', 60);

-- @step claim_zero: worker
SELECT * FROM claim_outbox_batch(0, 'worker-1', 60);

-- @step claim_negative: worker
SELECT * FROM claim_outbox_batch(-1, 'worker-1', 60);

-- @step claim_large: worker
SELECT * FROM claim_outbox_batch(1001, 'worker-1', 60);

-- @step claim_huge: worker
SELECT * FROM claim_outbox_batch(2147483647, 'worker-1', 60);

-- @step repair_null: worker
SELECT * FROM repair_expired_leases(NULL, 'worker-1');

-- @step repair_zero: worker
SELECT * FROM repair_expired_leases(0, 'worker-1');

-- @step repair_large: worker
SELECT * FROM repair_expired_leases(1001, 'worker-1');

-- @step repair_largest: worker
SELECT * FROM repair_expired_leases(1000, 'worker-1');

-- @step claim_largest: worker
SELECT count(*) FROM claim_outbox_batch(1000, 'worker-1', 60);

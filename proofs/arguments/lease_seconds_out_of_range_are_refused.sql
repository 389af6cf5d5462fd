-- Lease seconds that are NULL, zero, negative or huge are refused, and the shortest and longest lease are granted.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step null: worker
SELECT * FROM claim_outbox_batch(1, 'worker-1', NULL);

-- @step zero: worker
SELECT * FROM claim_outbox_batch(1, 'worker-1', 0);

-- @step negative: worker
SELECT * FROM claim_outbox_batch(1, 'worker-1', -1);

-- @step large: worker
SELECT * FROM claim_outbox_batch(1, 'worker-1', 901);

-- @step huge: worker
SELECT * FROM claim_outbox_batch(1, 'worker-1', 2147483647);

-- @step longest: worker
SELECT lease_expires_at - leased_at AS lease_length FROM claim_outbox_batch(1, 'worker-1', 900);

-- @step another: ingest
SELECT sequence_id FROM enqueue_payment_outbox('instruction-2', 'participant-1', 'key-1', 'sepa', '{}');

-- @step shortest: worker
SELECT lease_expires_at - leased_at AS lease_length FROM claim_outbox_batch(1, 'worker-1', 1);

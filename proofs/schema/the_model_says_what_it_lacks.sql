-- A model whose row of limits is gone says so by name in every function, and does nothing.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup lose: owner
DELETE FROM outbox_settings;

-- @step enqueue_more: ingest
SELECT * FROM enqueue_payment_outbox('instruction-2', 'participant-1', 'key-1', 'sepa', '{}');

-- @step claim: worker
SELECT * FROM claim_outbox_batch(1, 'worker-1', 60);

-- @step complete: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', gen_random_uuid(), 'worker-1', 'DISPATCHED');

-- @step set: worker
SELECT * FROM complete_outbox_attempts('worker-1', ARRAY[:'outbox_id']::uuid[], ARRAY[gen_random_uuid()], '{DISPATCHED}');

-- @step repair: worker
SELECT * FROM repair_expired_leases(1, 'worker-1');

-- @step report: worker
SELECT report_late_outcome(:'outbox_id', gen_random_uuid(), 'worker-1', 'DISPATCHED');

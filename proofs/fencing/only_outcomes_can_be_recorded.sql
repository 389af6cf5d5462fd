-- Only DISPATCHED, RETRYABLE and FAILED are outcomes: anything else leaves the lease as it is.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step dispatching: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHING');

-- @step requeued: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'REPAIR_REQUEUED');

-- @step nothing: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', NULL);

-- @step wrong_token_first: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', gen_random_uuid(), 'worker-1', 'DISPATCHING');

-- @step later: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- The right token without a worker's name is refused.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step attack: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', :'lease_token', NULL, 'DISPATCHED');

-- @step null_token: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', NULL, 'worker-1', 'DISPATCHED');

-- @check ledger: owner
SELECT attempt_no, state, lease_epoch, lease_worker, recorded_by, ended_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

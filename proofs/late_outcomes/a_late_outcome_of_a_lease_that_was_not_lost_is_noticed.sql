-- A late outcome of a lease that its own worker completed is noticed by a standing invariant.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup complete: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step forge: owner
INSERT INTO payment_outbox_late_outcomes (outbox_id, lease_epoch, worker_id, state, reported_at) VALUES (:'outbox_id', 1, 'worker-1', 'FAILED', now());

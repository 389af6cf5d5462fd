-- A row under a live lease is not claimable, and its token stays.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step claim_again: worker_b
SELECT * FROM claim_outbox_batch(10, 'worker-b', 60);

-- @check token: owner
SELECT lease_token = :'lease_token' AS same_token, claimed_by, lease_epoch FROM payment_outbox_pending;

-- A payment that is taken over waits for no delay: it was due when its new lease began.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @step take_over: worker_b
SELECT claimed_by, lease_epoch FROM claim_outbox_batch(1, 'worker-b', 60);

-- @check due: owner
SELECT next_attempt_at <= leased_at FROM payment_outbox_pending;

-- The lease epoch counts leases: it advances by one with each new lease, never otherwise, and never goes back.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step unleased: control
UPDATE payment_outbox_pending SET lease_epoch = 1;

-- @step claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step skip: control
UPDATE payment_outbox_pending SET lease_epoch = lease_epoch + 1;

-- @step back: control
UPDATE payment_outbox_pending SET lease_epoch = 0;

-- @step retry: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'RETRYABLE', p_retry_delay_seconds => 0);

-- @step without_advance: control
UPDATE payment_outbox_pending SET lease_token = gen_random_uuid(), claimed_by = 'w', leased_at = now(), lease_expires_at = now() + interval '1 minute', lease_xid = '1', lease_incarnation = 'x';

-- @step advance_by_two: control
UPDATE payment_outbox_pending SET lease_epoch = lease_epoch + 2, lease_token = gen_random_uuid(), claimed_by = 'w', leased_at = now(), lease_expires_at = now() + interval '1 minute', lease_xid = '1', lease_incarnation = 'x';

-- @step claim_again: worker
SELECT lease_epoch FROM claim_outbox_batch(1, 'worker-1', 60);

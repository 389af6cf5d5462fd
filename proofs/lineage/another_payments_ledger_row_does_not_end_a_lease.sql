-- A ledger row of another payment, or of an earlier lease, does not let a lease be wiped.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 2) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim_first: worker
SELECT outbox_id, lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup retry: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'RETRYABLE', p_retry_delay_seconds => 0);

-- @setup claim_both: worker
SELECT count(*) FROM claim_outbox_batch(2, 'worker-1', 60);

-- @step clear_second_lease: control
UPDATE payment_outbox_pending SET lease_token = NULL, claimed_by = NULL, leased_at = NULL, lease_expires_at = NULL, lease_xid = NULL, lease_incarnation = NULL WHERE sequence_id = 1;

-- @step clear_other_payment: control
UPDATE payment_outbox_pending SET lease_token = NULL, claimed_by = NULL, leased_at = NULL, lease_expires_at = NULL, lease_xid = NULL, lease_incarnation = NULL WHERE sequence_id = 2;

-- @check queue: owner
SELECT sequence_id, attempt_count, lease_epoch, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

-- A claim takes due rows first, then expired leases of others, and never more than it was asked for.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 5) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim_three: worker_a
SELECT count(*) FROM claim_outbox_batch(3, 'worker-a', 60);

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - sequence_id * interval '1 minute' WHERE lease_token IS NOT NULL;

-- @step claim: worker_b
SELECT sequence_id, attempt_count, lease_epoch FROM claim_outbox_batch(4, 'worker-b', 60) ORDER BY sequence_id;

-- @check owners: owner
SELECT sequence_id, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

-- @check ledger: owner
SELECT attempt_no, state, lease_epoch, lease_worker, recorded_by, ended_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

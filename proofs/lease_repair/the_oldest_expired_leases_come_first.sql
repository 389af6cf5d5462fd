-- Lease repair ends the leases that ran out first, and no more of them than it was asked for.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 4) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT count(*) FROM claim_outbox_batch(4, 'worker-1', 60);

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - sequence_id * interval '1 minute';

-- @step repair: repairer
SELECT count(*) FROM repair_expired_leases(2, 'repairer-1');

-- @check queue: owner
SELECT sequence_id, attempt_count, lease_epoch, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

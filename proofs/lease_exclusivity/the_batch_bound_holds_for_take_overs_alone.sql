-- Where nothing is due and several leases have run out, a claim takes over as many as it asked for and leaves the others.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 3) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT count(*) FROM claim_outbox_batch(3, 'worker-1', 60);

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 hour' / sequence_id;

-- @step take_over: worker_b
SELECT sequence_id FROM claim_outbox_batch(1, 'worker-2', 60);

-- @check queue: owner
SELECT sequence_id, attempt_count, lease_epoch, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

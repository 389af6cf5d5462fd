-- A wrong attempt count in the queue moves neither the attempt number nor the ceiling, and the next outcome sets it right, alone, in a set or by repair.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 3) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT array_agg(outbox_id ORDER BY sequence_id) AS ids, array_agg(lease_token ORDER BY sequence_id) AS tokens FROM claim_outbox_batch(3, 'worker-1', 60) \gset

-- @setup forge: owner
UPDATE payment_outbox_pending SET attempt_count = 1000;

-- @step alone: worker
SELECT attempt_no, state FROM complete_outbox_attempt((:'ids'::uuid[])[1], (:'tokens'::uuid[])[1], 'worker-1', 'RETRYABLE');

-- @step set: worker
SELECT attempt_no, state, refused_with FROM complete_outbox_attempts('worker-1', (:'ids'::uuid[])[2:2], (:'tokens'::uuid[])[2:2], '{RETRYABLE}');

-- @step expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second' WHERE lease_token IS NOT NULL;

-- @step repair: worker
SELECT attempt_no, state FROM repair_expired_leases(10, 'repairer-1');

-- @check counts: owner
SELECT sequence_id, attempt_count FROM payment_outbox_pending ORDER BY sequence_id;

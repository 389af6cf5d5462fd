-- Concurrent repairs are disjoint and do not wait for each other.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 3) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT count(*) FROM claim_outbox_batch(3, 'worker-1', 60);

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @step begin: repairer_a
BEGIN;

-- @step first: repairer_a
SELECT count(*) FROM repair_expired_leases(2, 'repairer-a');

-- @step second: repairer_b
SELECT count(*) FROM repair_expired_leases(10, 'repairer-b');

-- @step third: repairer_c
SELECT count(*) FROM repair_expired_leases(10, 'repairer-c');

-- @step commit: repairer_a
COMMIT;

-- @check shares: owner
SELECT recorded_by, count(*) FROM payment_outbox_attempts GROUP BY recorded_by ORDER BY recorded_by;

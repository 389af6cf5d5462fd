-- However repair, take-over and a late completion race for one expired lease, it ends exactly once.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @step begin: repairer
BEGIN;

-- @step repair: repairer
SELECT count(*) FROM repair_expired_leases(10, 'repairer-1');

-- @step commit: repairer
COMMIT;

-- @step take_over: worker_b
SELECT count(*) FROM claim_outbox_batch(1, 'worker-2', 60);

-- @step complete: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @check ends: owner
SELECT count(*), count(*) FILTER (WHERE state = 'REPAIR_REQUEUED') AS repaired FROM payment_outbox_attempts;

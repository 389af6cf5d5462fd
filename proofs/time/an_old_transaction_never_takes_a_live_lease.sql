-- A transaction that began before a lease was granted never repairs or claims it.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step begin: repairer
BEGIN;

-- @step look: repairer
SELECT count(*) FROM repair_expired_leases(10, 'repairer-1');

-- @step claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step repair: repairer
SELECT * FROM repair_expired_leases(10, 'repairer-1');

-- @step take: repairer
SELECT * FROM claim_outbox_batch(10, 'repairer-1', 60);

-- @step commit: repairer
COMMIT;

-- @step complete: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

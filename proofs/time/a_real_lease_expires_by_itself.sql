-- A real lease of one second expires by itself.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 1) \gset

-- @step wait: owner
SELECT pg_sleep(1.1);  -- leaseproof: allow LP010 because this is the one case in real time

-- @step complete: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step repair: repairer
SELECT attempt_no, state FROM repair_expired_leases(10, 'repairer-1');

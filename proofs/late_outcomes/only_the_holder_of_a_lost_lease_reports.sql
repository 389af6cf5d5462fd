-- Only the holder of a lease that is over reports a late outcome: not of a live lease, not with another token, name or payment.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step live: worker
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @step other_token: worker
SELECT report_late_outcome(:'outbox_id', gen_random_uuid(), 'worker-1', 'DISPATCHED');

-- @step other_worker: worker
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-2', 'DISPATCHED');

-- @step other_payment: worker
SELECT report_late_outcome(gen_random_uuid(), :'lease_token', 'worker-1', 'DISPATCHED');

-- @step nothing: worker
SELECT report_late_outcome(NULL, NULL, NULL, 'DISPATCHED');

-- @step repair: repairer
SELECT state FROM repair_expired_leases(10, 'repairer-1');

-- @step repaired_other_token: worker
SELECT report_late_outcome(:'outbox_id', gen_random_uuid(), 'worker-1', 'DISPATCHED');

-- @step repaired_other_worker: worker
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'repairer-1', 'DISPATCHED');

-- @step repaired_other_payment: worker
SELECT report_late_outcome(gen_random_uuid(), :'lease_token', 'worker-1', 'DISPATCHED');

-- @check kept: owner
SELECT count(*) FROM payment_outbox_late_outcomes;

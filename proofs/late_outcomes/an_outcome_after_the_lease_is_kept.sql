-- What a worker learned after its lease ran out is kept once, with its details, before and after the repair.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @step report: worker
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED', repeat('r', 201), repeat('c', 65), repeat('e', 65), repeat('m', 2001), -5);

-- @step again: worker
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1', 'FAILED');

-- @step repair: repairer
SELECT state FROM repair_expired_leases(10, 'repairer-1');

-- @step after_repair: worker
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @check kept: owner
SELECT lease_epoch, worker_id, state, length(rail_reference), length(rail_code), length(error_code), length(error_message), latency_ms, reported_at <= clock_timestamp() AS reported FROM payment_outbox_late_outcomes;

-- @check ledger: owner
SELECT attempt_no, state FROM payment_outbox_attempts;

-- Only DISPATCHED, RETRYABLE and FAILED can be reported late.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @step dispatching: worker
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHING');

-- @step requeued: worker
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1', 'REPAIR_REQUEUED');

-- @step nothing: worker
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1', NULL);

-- @step failed: worker
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1', 'FAILED');

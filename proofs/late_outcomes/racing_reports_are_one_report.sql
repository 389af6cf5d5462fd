-- Of two reports of one lost lease at once, the second waits for the first and says that it is not new.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @step first: worker_a
BEGIN;
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED', 'reference-1');

-- @step second: worker_b
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED', 'reference-2');

-- @step commit: worker_a
COMMIT;

-- @check kept: owner
SELECT state, rail_reference FROM payment_outbox_late_outcomes;

-- A report for a lease that its own worker ended with RETRYABLE is no late outcome: the completion has arrived.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step complete: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'RETRYABLE');

-- @step report: worker
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1', 'RETRYABLE');

-- @check kept: owner
SELECT count(*) FROM payment_outbox_late_outcomes;

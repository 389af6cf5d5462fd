-- What a worker reports after its lease was repaired or taken over is kept under the lease that was lost.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @setup take_over: worker_b
SELECT lease_token AS token_b FROM claim_outbox_batch(1, 'worker-2', 60) \gset

-- @step report: worker
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1', 'RETRYABLE', p_latency_ms => 7);

-- @step complete: worker_b
SELECT attempt_no, state FROM complete_outbox_attempt(:'outbox_id', :'token_b', 'worker-2', 'DISPATCHED');

-- @check kept: owner
SELECT lease_epoch, worker_id, state, latency_ms, rail_reference FROM payment_outbox_late_outcomes;

-- Who, what and the rail's details are recorded, each where it belongs.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step complete: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'RETRYABLE', 'reference', 'rail code', 'error code', 'error message', 42, 7);

-- @check details: owner
SELECT a.rail_reference, a.rail_code, a.error_code, a.error_message, a.latency_ms, a.lease_worker, a.recorded_by, p.next_attempt_at - a.recorded_at AS delay FROM payment_outbox_attempts AS a JOIN payment_outbox_pending AS p ON p.outbox_id = a.outbox_id;

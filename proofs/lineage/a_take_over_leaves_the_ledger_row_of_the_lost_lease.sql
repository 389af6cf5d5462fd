-- Every lease leaves exactly one ledger row, also when a claim takes it over.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim_a: worker_a
SELECT lease_token FROM claim_outbox_batch(1, 'worker-a', 60) \gset

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @step take_over: worker_b
SELECT lease_token AS token_b, lease_epoch FROM claim_outbox_batch(1, 'worker-b', 60) \gset

-- @step complete: worker_b
SELECT attempt_no FROM complete_outbox_attempt(:'outbox_id', :'token_b', 'worker-b', 'DISPATCHED');

-- @check ledger: owner
SELECT attempt_no, state, lease_epoch, lease_worker, recorded_by, ended_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

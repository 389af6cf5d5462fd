-- An expired lease can be taken over, with a fresh token and the new worker's name.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @step take_over: worker_b
SELECT claimed_by, lease_token <> :'lease_token' AS fresh_token, lease_epoch, attempt_count FROM claim_outbox_batch(1, 'worker-2', 60);

-- @check ledger: owner
SELECT attempt_no, state, lease_epoch, lease_worker, recorded_by, ended_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

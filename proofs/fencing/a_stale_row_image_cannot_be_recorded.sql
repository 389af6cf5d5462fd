-- An owner who hands over a row that is not the stored one cannot record it, even with the second line switched off.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step other_token: owner
SET session_replication_role = replica;
SELECT r.state FROM payment_outbox_pending AS p, outbox_settings AS s, record_outbox_outcome(jsonb_populate_record(p, '{"lease_token": "00000000-0000-0000-0000-000000000001"}'), s, outbox_clock(), 'DISPATCHED', 'w', 'COMPLETION', 0, NULL, NULL, NULL, NULL, NULL) AS r;

-- @step other_worker: owner
SELECT r.state FROM payment_outbox_pending AS p, outbox_settings AS s, record_outbox_outcome(jsonb_populate_record(p, '{"claimed_by": "worker-2"}'), s, outbox_clock(), 'DISPATCHED', 'w', 'COMPLETION', 0, NULL, NULL, NULL, NULL, NULL) AS r;

-- @step other_expiry: owner
SELECT r.state FROM payment_outbox_pending AS p, outbox_settings AS s, record_outbox_outcome(jsonb_populate_record(p, '{"lease_expires_at": "2020-01-01"}'), s, outbox_clock(), 'DISPATCHED', 'w', 'COMPLETION', 0, NULL, NULL, NULL, NULL, NULL) AS r;

-- @step retry_other_token: owner
SELECT r.state FROM payment_outbox_pending AS p, outbox_settings AS s, record_outbox_outcome(jsonb_populate_record(p, '{"lease_token": "00000000-0000-0000-0000-000000000001"}'), s, outbox_clock(), 'RETRYABLE', 'w', 'COMPLETION', 0, NULL, NULL, NULL, NULL, NULL) AS r;

-- @step retry_other_worker: owner
SELECT r.state FROM payment_outbox_pending AS p, outbox_settings AS s, record_outbox_outcome(jsonb_populate_record(p, '{"claimed_by": "worker-2"}'), s, outbox_clock(), 'RETRYABLE', 'w', 'COMPLETION', 0, NULL, NULL, NULL, NULL, NULL) AS r;

-- @step retry_other_expiry: owner
SELECT r.state FROM payment_outbox_pending AS p, outbox_settings AS s, record_outbox_outcome(jsonb_populate_record(p, '{"lease_expires_at": "2020-01-01"}'), s, outbox_clock(), 'RETRYABLE', 'w', 'COMPLETION', 0, NULL, NULL, NULL, NULL, NULL) AS r;

-- @check queue: owner
SELECT sequence_id, attempt_count, lease_epoch, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

-- @check ledger: owner
SELECT attempt_no, state, lease_epoch, lease_worker, recorded_by, ended_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

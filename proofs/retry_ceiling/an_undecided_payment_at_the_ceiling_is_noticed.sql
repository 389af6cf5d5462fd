-- A lease of today that ended undecided at the ceiling, as a forged row says, is noticed by a standing invariant.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup lower: owner
UPDATE outbox_settings SET retry_ceiling = 2;

-- @setup first: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'RETRYABLE', p_retry_delay_seconds => 0);

-- @setup second: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step forge: owner
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by)
SELECT outbox_id, 2, 'RETRYABLE', instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, claimed_by, leased_at, claimed_by, clock_timestamp(), 'COMPLETION' FROM payment_outbox_pending;
UPDATE payment_outbox_pending SET attempt_count = 2, lease_token = NULL, claimed_by = NULL, leased_at = NULL, lease_expires_at = NULL, lease_xid = NULL, lease_incarnation = NULL;

-- Each CHECK of the limits, the queue and the ledger refuses the first value outside its bounds and accepts the last inside.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup inside: owner
UPDATE outbox_settings SET retry_ceiling = 1, max_batch_size = 1, max_lease_seconds = 1, retry_delay_seconds = 0, max_retry_delay_seconds = 1;
UPDATE outbox_settings SET retry_ceiling = 1000, max_batch_size = 10000, max_lease_seconds = 86400, max_retry_delay_seconds = 604800;
UPDATE outbox_settings SET retry_delay_seconds = 604800;

-- @step ceiling_low: owner
UPDATE outbox_settings SET retry_ceiling = 0;

-- @step ceiling_high: owner
UPDATE outbox_settings SET retry_ceiling = 1001;

-- @step batch_low: owner
UPDATE outbox_settings SET max_batch_size = 0;

-- @step batch_high: owner
UPDATE outbox_settings SET max_batch_size = 10001;

-- @step lease_low: owner
UPDATE outbox_settings SET max_lease_seconds = 0;

-- @step lease_high: owner
UPDATE outbox_settings SET max_lease_seconds = 86401;

-- @step delay_low: owner
UPDATE outbox_settings SET retry_delay_seconds = -1;

-- @step delay_high: owner
UPDATE outbox_settings SET retry_delay_seconds = 604801;

-- @step longest_low: owner
UPDATE outbox_settings SET max_retry_delay_seconds = 0, retry_delay_seconds = 0;

-- @step longest_high: owner
UPDATE outbox_settings SET max_retry_delay_seconds = 604801;

-- @step second_row: owner
INSERT INTO outbox_settings (singleton, incarnation) VALUES (false, 'x');

-- @step same_row: owner
INSERT INTO outbox_settings (incarnation) VALUES ('x');

-- @step count_low: owner
UPDATE payment_outbox_pending SET attempt_count = -1;

-- @step epoch_low: owner
SET session_replication_role = replica;
UPDATE payment_outbox_pending SET lease_epoch = -1;

-- @step half_lease: owner
UPDATE payment_outbox_pending SET lease_token = NULL;

-- @step latency_low: owner
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by, latency_ms)
SELECT outbox_id, 1, 'RETRYABLE', instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, 1, lease_token, 'w', now(), 'w', now(), 'COMPLETION', -1 FROM payment_outbox_pending;

-- @step ended_otherwise: owner
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by)
SELECT outbox_id, 1, 'RETRYABLE', instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, 1, lease_token, 'w', now(), 'w', now(), 'MAGIC' FROM payment_outbox_pending;

-- @step late_state: owner
INSERT INTO payment_outbox_late_outcomes (outbox_id, lease_epoch, worker_id, state, reported_at) SELECT outbox_id, 1, 'worker-1', 'REPAIR_REQUEUED', now() FROM payment_outbox_pending;

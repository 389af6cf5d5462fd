-- No role of the model writes a table of the outbox directly.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step ingest_insert: ingest
INSERT INTO payment_outbox_attempts (outbox_id) VALUES (gen_random_uuid());

-- @step ingest_keys: ingest
INSERT INTO payment_outbox_keys (outbox_id) VALUES (gen_random_uuid());

-- @step ingest_update: ingest
UPDATE payment_outbox_pending SET payload = '{}';

-- @step worker_update: worker
UPDATE payment_outbox_pending SET lease_token = NULL;

-- @step worker_delete: worker
DELETE FROM payment_outbox_pending;

-- @step worker_insert: worker
INSERT INTO payment_outbox_attempts (outbox_id) VALUES (gen_random_uuid());

-- @step worker_truncate: worker
TRUNCATE payment_outbox_attempts;

-- @step worker_settings: worker
UPDATE outbox_settings SET retry_ceiling = 1;

-- @step worker_late: worker
INSERT INTO payment_outbox_late_outcomes (outbox_id) VALUES (gen_random_uuid());

-- @step readonly_update: readonly
UPDATE payment_outbox_pending SET payload = '{}';

-- @step readonly_delete: readonly
DELETE FROM payment_outbox_attempts;

-- @step auditor_update: auditor
UPDATE payment_outbox_attempts SET state = 'FAILED';

-- @step auditor_truncate: auditor
TRUNCATE payment_outbox_pending;

-- @step auditor_sequence: auditor
UPDATE participant_outbox_sequences SET next_sequence_id = 1;

-- @step stranger_insert: stranger
INSERT INTO payment_outbox_pending (outbox_id) VALUES (gen_random_uuid());

-- @step stranger_delete: stranger
DELETE FROM payment_outbox_keys;

-- @check queue: owner
SELECT sequence_id, attempt_count, lease_epoch, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

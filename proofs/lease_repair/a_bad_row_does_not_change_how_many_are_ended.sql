-- A repair that meets a bad row still ends as many others as it was asked for, and no more.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 5) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT count(*) FROM claim_outbox_batch(5, 'worker-1', 60);

-- @setup poison: owner
SET session_replication_role = replica;
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by)
SELECT outbox_id, 1, 'RETRYABLE', instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, 1, gen_random_uuid(), 'w', now(), 'w', now(), 'COMPLETION' FROM payment_outbox_pending WHERE sequence_id = 1;
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 hour' / sequence_id;

-- @step repair: repairer
SELECT count(*), count(DISTINCT outbox_id) FROM repair_expired_leases(2, 'repairer-1');

-- @check left: owner
SELECT string_agg(sequence_id::text, ' ' ORDER BY sequence_id) FROM payment_outbox_pending WHERE lease_token IS NOT NULL;

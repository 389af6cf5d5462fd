-- A second terminal row of a payment, where the guard is gone, is noticed by a standing invariant.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup complete: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'FAILED');

-- @step forge: owner
DROP INDEX payment_outbox_attempts_one_terminal_per_outbox;
SET session_replication_role = replica;
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by)
SELECT outbox_id, 2, 'DISPATCHED', instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, 2, gen_random_uuid(), 'w', now(), 'w', now(), 'COMPLETION' FROM payment_outbox_attempts;

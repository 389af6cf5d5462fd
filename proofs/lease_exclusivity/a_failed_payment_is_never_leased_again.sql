-- A payment that has failed for good in the ledger is never leased, even if a pending row for it came back.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup forge: owner
SET session_replication_role = replica;
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by)
SELECT outbox_id, 1, 'FAILED', instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, 1, gen_random_uuid(), 'w', now(), 'w', now(), 'COMPLETION' FROM payment_outbox_pending;

-- @step claim: worker
SELECT sequence_id FROM claim_outbox_batch(10, 'worker-1', 60);

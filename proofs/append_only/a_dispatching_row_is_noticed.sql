-- A ledger row in the state DISPATCHING, where its constraint is gone, is noticed by a standing invariant.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step forge: owner
ALTER TABLE payment_outbox_attempts DROP CONSTRAINT payment_outbox_attempts_no_new_dispatching;
SET session_replication_role = replica;
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by)
SELECT outbox_id, 1, 'DISPATCHING', instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, 1, gen_random_uuid(), 'w', now(), 'w', now(), 'COMPLETION' FROM payment_outbox_pending;

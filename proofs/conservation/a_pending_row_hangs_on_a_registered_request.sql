-- A pending row hangs on a registered request.

-- @step insert: owner
INSERT INTO payment_outbox_pending (outbox_id, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, next_attempt_at, created_at) VALUES (gen_random_uuid(), 'i', 'p', 1, 'k', 'r', '{}', now(), now());

-- @step late: owner
INSERT INTO payment_outbox_late_outcomes (outbox_id, lease_epoch, worker_id, state, reported_at) VALUES (gen_random_uuid(), 1, 'w', 'DISPATCHED', now());

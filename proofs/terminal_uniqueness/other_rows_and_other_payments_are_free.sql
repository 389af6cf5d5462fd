-- The terminal guard lets rows that are not terminal repeat, and counts each payment by itself.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 2) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @step book: owner
SET session_replication_role = replica;
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by)
SELECT p.outbox_id, s.n, s.state::payment_outbox_attempt_state, p.instruction_id, p.participant_id, p.sequence_id, p.idempotency_key, p.rail_type, p.payload, s.n, gen_random_uuid(), 'w', now(), 'w', now(), 'COMPLETION'
FROM payment_outbox_pending AS p JOIN (VALUES (1, 1, 'RETRYABLE'), (1, 2, 'RETRYABLE'), (1, 3, 'REPAIR_REQUEUED'), (1, 4, 'DISPATCHED'), (2, 1, 'DISPATCHED')) AS s (sequence_id, n, state) ON s.sequence_id = p.sequence_id;
DELETE FROM payment_outbox_pending;

-- @check count: owner
SELECT count(*) FROM payment_outbox_attempts;

-- A ledger row needs the current lease, its token, its worker, its epoch and its time, even from the owner of the functions.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup prepare: control
PREPARE book (bigint, uuid, text, interval) AS
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by)
SELECT outbox_id, 1, 'DISPATCHED', instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch + $1, coalesce($2, lease_token), coalesce($3, claimed_by), leased_at + $4, 'w', now(), 'COMPLETION' FROM payment_outbox_pending;

-- @step other_epoch: control
EXECUTE book(1, NULL, NULL, '0');

-- @step other_token: control
EXECUTE book(0, gen_random_uuid(), NULL, '0');

-- @step other_worker: control
EXECUTE book(0, NULL, 'worker-2', '0');

-- @step other_time: control
EXECUTE book(0, NULL, NULL, '1 second');

-- @step unknown_payment: control
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by) VALUES (gen_random_uuid(), 1, 'DISPATCHED', 'i', 'p', 1, 'k', 'r', '{}', 1, gen_random_uuid(), 'w', now(), 'w', now(), 'COMPLETION');

-- @check ledger: owner
SELECT attempt_no, state, lease_epoch, lease_worker, recorded_by, ended_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

-- A ledger row whose number does not follow the last one is refused, even from the owner of the functions.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup prepare: control
PREPARE book (integer) AS
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by)
SELECT outbox_id, $1, 'RETRYABLE', instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, claimed_by, leased_at, 'w', now(), 'COMPLETION' FROM payment_outbox_pending;

-- @step gap: control
EXECUTE book(2);

-- @step back: control
EXECUTE book(0);

-- @check ledger: owner
SELECT attempt_no, state, lease_epoch, lease_worker, recorded_by, ended_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

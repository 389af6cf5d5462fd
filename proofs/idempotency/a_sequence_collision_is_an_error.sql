-- A collision of sequence numbers is an error, never an acknowledged nothing.

-- @setup forge: owner
INSERT INTO payment_outbox_keys VALUES ('00000000-0000-0000-0000-000000000001', 'i0', 'k0', 'participant-1', 'sepa', sha256(convert_to(jsonb_build_array('participant-1', 'sepa', '{}'::jsonb)::text, 'UTF8')), now());
INSERT INTO payment_outbox_pending (outbox_id, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, next_attempt_at, created_at) VALUES ('00000000-0000-0000-0000-000000000001', 'i0', 'participant-1', 1, 'k0', 'sepa', '{}', now(), now());

-- @step enqueue: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{}');

-- @check rows: owner
SELECT count(*) FROM payment_outbox_keys;

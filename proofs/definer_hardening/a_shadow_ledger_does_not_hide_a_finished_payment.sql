-- Temporary tables of the same names do not hide a finished payment from enqueue.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup complete: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @setup shadow: ingest
CREATE TEMP TABLE payment_outbox_attempts (outbox_id uuid, sequence_id bigint, state text);
CREATE TEMP TABLE payment_outbox_keys (outbox_id uuid, instruction_id text, idempotency_key text, request_hash bytea);
CREATE TEMP TABLE participant_outbox_sequences (participant_id text, next_sequence_id bigint);
CREATE TEMP TABLE outbox_settings (retry_ceiling integer);
GRANT ALL ON pg_temp.payment_outbox_attempts, pg_temp.payment_outbox_keys, pg_temp.participant_outbox_sequences, pg_temp.outbox_settings TO PUBLIC;

-- @step ask: ingest
SELECT outbox_id = :'outbox_id' AS same, sequence_id, state FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}');

-- @check queue: owner
SELECT sequence_id, attempt_count, lease_epoch, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

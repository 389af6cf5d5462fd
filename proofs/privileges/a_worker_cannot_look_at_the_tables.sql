-- A worker cannot read, lock or copy a table, so it cannot steal another one's token.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step pending: worker
SELECT lease_token FROM payment_outbox_pending;

-- @step attempts: worker
SELECT lease_token FROM payment_outbox_attempts;

-- @step keys: worker
SELECT outbox_id FROM payment_outbox_keys;

-- @step settings: worker
SELECT * FROM outbox_settings;

-- @step for_update: worker
SELECT 1 FROM payment_outbox_pending FOR UPDATE;

-- @step lock: worker
BEGIN; LOCK TABLE payment_outbox_pending IN ACCESS SHARE MODE;

-- @step copy: worker
ROLLBACK; COPY payment_outbox_pending TO STDOUT;

-- @step auditor_token: auditor
SELECT lease_token FROM payment_outbox_pending;

-- @step auditor_payload: auditor
SELECT payload FROM payment_outbox_attempts;

-- @step auditor_history: auditor
SELECT count(outbox_id) FROM payment_outbox_pending;

-- @step readonly_pending: readonly
SELECT outbox_id FROM payment_outbox_pending;

-- With the registry's own guard off, its foreign keys still refuse to let a request go while a payment or a late outcome hangs on it.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step guard_off: owner
BEGIN;
ALTER TABLE payment_outbox_keys DISABLE TRIGGER payment_outbox_keys_append_only;

-- @step pending: owner
DELETE FROM payment_outbox_keys;

-- @step back: owner
ROLLBACK;

-- @step expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @step report: worker
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step claim_again: worker
SELECT lease_token AS second_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step finish: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'second_token', 'worker-1', 'DISPATCHED');

-- @step guard_off_again: owner
BEGIN;
ALTER TABLE payment_outbox_keys DISABLE TRIGGER payment_outbox_keys_append_only;

-- @step late: owner
DELETE FROM payment_outbox_keys;

-- @step back_again: owner
ROLLBACK;

-- @check kept: owner
SELECT (SELECT count(*) FROM payment_outbox_keys) AS registered, (SELECT count(*) FROM payment_outbox_late_outcomes) AS late;

-- A completion that gives up waiting for the row changes nothing, and succeeds later.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step begin: owner
BEGIN;

-- @step hold: owner
SELECT 1 FROM payment_outbox_pending FOR UPDATE;

-- @step give_up: worker
SET lock_timeout = '50ms';
SELECT * FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step release: owner
COMMIT;

-- @step complete: worker
SELECT attempt_no, state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

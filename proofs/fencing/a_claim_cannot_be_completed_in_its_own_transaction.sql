-- A claim cannot be completed in its own transaction, not even behind a savepoint.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step begin: worker
BEGIN;

-- @step savepoint: worker
SAVEPOINT before;

-- @step claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step release: worker
RELEASE SAVEPOINT before;

-- @step complete: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step rollback: worker
ROLLBACK;

-- @step claim_again: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step complete_later: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @check ledger: owner
SELECT attempt_no, state, lease_epoch, lease_worker, recorded_by, ended_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

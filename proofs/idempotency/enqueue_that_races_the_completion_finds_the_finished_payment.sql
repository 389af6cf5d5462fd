-- An enqueue that races the completion which moves the payment from the queue to the ledger finds it finished.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step begin: owner
BEGIN;

-- @step barrier: owner
LOCK TABLE payment_outbox_pending IN ACCESS EXCLUSIVE MODE;

-- @step become_the_definer: owner
SET LOCAL ROLE outbox_control;

-- @step complete: owner
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step duplicate: ingest
SELECT outbox_id = :'outbox_id' AS same, sequence_id, state FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}');

-- @step commit: owner
COMMIT;

-- @check queue: owner
SELECT sequence_id, attempt_count, lease_epoch, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

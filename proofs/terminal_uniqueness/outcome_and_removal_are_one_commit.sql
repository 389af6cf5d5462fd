-- The outcome and the removal from the queue are one commit: nobody sees one without the other.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step begin: worker
BEGIN;

-- @step complete: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step before: owner
SELECT (SELECT count(*) FROM payment_outbox_pending) AS pending, (SELECT count(*) FROM payment_outbox_attempts) AS ledger;

-- @step commit: worker
COMMIT;

-- @step after: owner
SELECT (SELECT count(*) FROM payment_outbox_pending) AS pending, (SELECT count(*) FROM payment_outbox_attempts) AS ledger;

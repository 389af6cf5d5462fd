-- A table that was made anew, as by a dump that is restored into its own database, closes claims and ends every old lease.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step restore: owner
ALTER TABLE payment_outbox_attempts RENAME TO before_the_restore;
CREATE TABLE payment_outbox_attempts (LIKE before_the_restore INCLUDING ALL);
GRANT SELECT, INSERT ON payment_outbox_attempts TO outbox_control;

-- @step claim_there: worker
SELECT * FROM claim_outbox_batch(1, 'worker-1', 60);

-- @step complete_there: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step open: owner
SELECT open_outbox_claims();

-- @step still_dead: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- A report that races the repair which moves its lease from the queue to the ledger finds the lease, and is kept.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @step begin: owner
BEGIN;

-- @step barrier: owner
LOCK TABLE payment_outbox_pending IN ACCESS EXCLUSIVE MODE;

-- @step become_the_definer: owner
SET LOCAL ROLE outbox_control;

-- @step repair: owner
SELECT state FROM repair_expired_leases(1, 'repairer-1');

-- @step report: worker
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step commit: owner
COMMIT;

-- @check kept: owner
SELECT lease_epoch, worker_id, state FROM payment_outbox_late_outcomes;

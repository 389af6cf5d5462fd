-- Late outcomes are append-only: nobody updates, deletes or truncates them, triggers off or not.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @setup report: worker
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step update: owner
UPDATE payment_outbox_late_outcomes SET state = 'FAILED';

-- @step delete: owner
DELETE FROM payment_outbox_late_outcomes;

-- @step truncate: owner
TRUNCATE payment_outbox_late_outcomes;

-- @step update_as_replica: owner
SET session_replication_role = replica;
UPDATE payment_outbox_late_outcomes SET state = 'FAILED';

-- @step delete_as_replica: owner
DELETE FROM payment_outbox_late_outcomes;

-- @step truncate_as_replica: owner
TRUNCATE payment_outbox_late_outcomes;

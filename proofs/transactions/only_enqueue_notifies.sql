-- Enqueue tells the workers at its commit, and nothing else notifies: a transaction that has notified cannot be prepared, one that claims, completes, repairs or reports can.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step enqueue_again: ingest
BEGIN;
SELECT count(*) FROM enqueue_payment_outbox('instruction-2', 'participant-1', 'key-1', 'sepa', '{}');

-- @step prepare_enqueue: ingest
PREPARE TRANSACTION :'DBNAME';

-- @step claim: worker
BEGIN;
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset
PREPARE TRANSACTION :'DBNAME';
COMMIT PREPARED :'DBNAME';

-- @step complete: worker
BEGIN;
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'RETRYABLE', p_retry_delay_seconds => 0);
PREPARE TRANSACTION :'DBNAME';
COMMIT PREPARED :'DBNAME';

-- @step claim_again: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @step repair_and_report: worker
BEGIN;
SELECT state FROM repair_expired_leases(1, 'worker-1');
SELECT report_late_outcome(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');
PREPARE TRANSACTION :'DBNAME';
COMMIT PREPARED :'DBNAME';

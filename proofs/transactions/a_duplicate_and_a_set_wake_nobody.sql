-- Only a new payment wakes the workers: a duplicate and a set of outcomes leave a transaction that can be prepared, which one that has notified cannot.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step duplicate: ingest
BEGIN;
SELECT count(*) FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}');
PREPARE TRANSACTION :'DBNAME';
COMMIT PREPARED :'DBNAME';

-- @step claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step set: worker
BEGIN;
SELECT state FROM complete_outbox_attempts('worker-1', ARRAY[:'outbox_id']::uuid[], ARRAY[:'lease_token']::uuid[], '{RETRYABLE}');
PREPARE TRANSACTION :'DBNAME';
COMMIT PREPARED :'DBNAME';

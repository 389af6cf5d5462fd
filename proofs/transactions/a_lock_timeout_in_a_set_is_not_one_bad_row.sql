-- A set of outcomes that gives up waiting for a lock fails whole and answers for no row.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step begin: owner
BEGIN;

-- @step barrier: owner
LOCK TABLE payment_outbox_attempts IN SHARE MODE;

-- @step set: worker
SET lock_timeout = '50ms';
SELECT * FROM complete_outbox_attempts('worker-1', ARRAY[:'outbox_id']::uuid[], ARRAY[:'lease_token']::uuid[], '{DISPATCHED}');

-- @step release: owner
COMMIT;

-- @step later: worker
SELECT state, refused_with FROM complete_outbox_attempts('worker-1', ARRAY[:'outbox_id']::uuid[], ARRAY[:'lease_token']::uuid[], '{DISPATCHED}');

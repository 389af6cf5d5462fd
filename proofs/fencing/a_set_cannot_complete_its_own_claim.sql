-- A set cannot complete a claim of its own transaction.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step begin: worker
BEGIN;

-- @step claim: worker
SELECT array_agg(outbox_id) AS ids, array_agg(lease_token) AS tokens FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step set: worker
SELECT refused_with FROM complete_outbox_attempts('worker-1', :'ids', :'tokens', '{DISPATCHED}');

-- @step commit: worker
COMMIT;

-- @step later: worker
SELECT refused_with, state FROM complete_outbox_attempts('worker-1', :'ids', :'tokens', '{DISPATCHED}');

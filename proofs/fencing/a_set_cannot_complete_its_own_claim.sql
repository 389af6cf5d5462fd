-- A set cannot complete a claim of its own transaction, whatever the outcome.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 3) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @step begin: worker
BEGIN;

-- @step claim: worker
SELECT array_agg(outbox_id) AS ids, array_agg(lease_token) AS tokens FROM claim_outbox_batch(3, 'worker-1', 60) \gset

-- @step set: worker
SELECT refused_with FROM complete_outbox_attempts('worker-1', :'ids', :'tokens', '{DISPATCHED,RETRYABLE,FAILED}');

-- @step commit: worker
COMMIT;

-- @step later: worker
SELECT refused_with, state FROM complete_outbox_attempts('worker-1', :'ids', :'tokens', '{DISPATCHED,RETRYABLE,FAILED}');

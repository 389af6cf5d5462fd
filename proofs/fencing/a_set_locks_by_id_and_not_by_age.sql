-- A set locks its payments in the order of their ids also where they arrived in another: while it waits for the first, the later ones are free.

-- @setup namespace: owner
UPDATE outbox_settings SET identifier_namespace = '00000000-0000-4000-8000-000000000001';

-- @setup enqueue: ingest
SELECT outbox_id AS later FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset
SELECT outbox_id AS first FROM enqueue_payment_outbox('instruction-2', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT array_agg(outbox_id) AS ids, array_agg(lease_token) AS tokens FROM claim_outbox_batch(2, 'worker-1', 60) \gset

-- @step begin: holder
BEGIN;

-- @step hold: holder
SELECT instruction_id FROM payment_outbox_pending WHERE outbox_id = :'first' FOR UPDATE;

-- @step set: worker
SELECT attempt_no, state FROM complete_outbox_attempts('worker-1', :'ids', :'tokens', '{DISPATCHED,DISPATCHED}');

-- @step free: owner
SELECT instruction_id FROM payment_outbox_pending WHERE outbox_id = :'later' FOR UPDATE NOWAIT;

-- @step rollback: holder
ROLLBACK;

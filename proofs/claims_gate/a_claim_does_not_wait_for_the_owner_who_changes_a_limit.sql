-- A claim under READ COMMITTED does not wait for an owner who is changing a limit: it goes by what is committed.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step change: owner
BEGIN;
UPDATE outbox_settings SET max_batch_size = 1;

-- @step claim: worker
SELECT claimed_by FROM claim_outbox_batch(2, 'worker-1', 60);

-- @step commit: owner
COMMIT;

-- A set of outcomes locks its own payments only: it does not wait for a row that it does not name.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 2) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT (array_agg(outbox_id ORDER BY sequence_id))[1] AS outbox_id, (array_agg(lease_token ORDER BY sequence_id))[1] AS lease_token FROM claim_outbox_batch(2, 'worker-1', 60) \gset

-- @step begin: owner
BEGIN;

-- @step hold: owner
SELECT 1 FROM payment_outbox_pending WHERE sequence_id = 2 FOR UPDATE;

-- @step set: worker
SELECT state, refused_with FROM complete_outbox_attempts('worker-1', ARRAY[:'outbox_id']::uuid[], ARRAY[:'lease_token']::uuid[], '{DISPATCHED}');

-- @step release: owner
COMMIT;

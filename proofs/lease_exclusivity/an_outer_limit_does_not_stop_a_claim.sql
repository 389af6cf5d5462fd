-- A claim runs to its end under an outer LIMIT: what it leased and the caller did not read stays leased.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 5) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @step claim: worker
SELECT claimed_by FROM claim_outbox_batch(5, 'worker-1', 60) LIMIT 1;

-- @check leased: owner
SELECT count(*) FROM payment_outbox_pending WHERE lease_token IS NOT NULL;

-- A claim leases no more rows than it was asked for.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 10) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @step claim: worker
SELECT count(*) FROM claim_outbox_batch(3, 'worker-1', 60);

-- @check leased: owner
SELECT count(*) FROM payment_outbox_pending WHERE lease_token IS NOT NULL;

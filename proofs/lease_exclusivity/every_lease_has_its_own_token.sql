-- Every lease has its own token, in one batch and from one lease to the next.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 5) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @step first: worker
SELECT count(DISTINCT lease_token) AS tokens, array_agg(lease_token) AS old FROM claim_outbox_batch(5, 'worker-1', 60) \gset

-- @step expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @step second: worker
SELECT :'tokens' AS first_round, count(DISTINCT lease_token), bool_or(lease_token = ANY (:'old'::uuid[])) AS reused FROM claim_outbox_batch(5, 'worker-1', 60);

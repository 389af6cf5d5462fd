-- Lease tokens are random, so that nobody works one out from the payment, its epoch or an earlier token.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 20) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @step claim: worker
SELECT count(DISTINCT lease_token) AS tokens, count(*) FILTER (WHERE lease_token::text ~ '^.{14}4.{4}[89ab]') AS random FROM claim_outbox_batch(20, 'worker-1', 60);

-- @step expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @step take_over: worker_b
SELECT count(DISTINCT lease_token) AS tokens, count(*) FILTER (WHERE lease_token::text ~ '^.{14}4.{4}[89ab]') AS random FROM claim_outbox_batch(20, 'worker-2', 60);

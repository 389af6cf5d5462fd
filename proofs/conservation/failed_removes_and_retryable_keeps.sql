-- FAILED takes the payment out of the queue; RETRYABLE keeps it, unleased and due later.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 2) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT (array_agg(outbox_id ORDER BY sequence_id))[1] AS first, (array_agg(lease_token ORDER BY sequence_id))[1] AS first_token, (array_agg(outbox_id ORDER BY sequence_id))[2] AS second, (array_agg(lease_token ORDER BY sequence_id))[2] AS second_token FROM claim_outbox_batch(2, 'worker-1', 60) \gset

-- @step fail: worker
SELECT attempt_no, state FROM complete_outbox_attempt(:'first', :'first_token', 'worker-1', 'FAILED');

-- @step retry: worker
SELECT attempt_no, state FROM complete_outbox_attempt(:'second', :'second_token', 'worker-1', 'RETRYABLE');

-- @check queue: owner
SELECT p.sequence_id, p.attempt_count, num_nonnulls(p.lease_token, p.claimed_by, p.leased_at, p.lease_expires_at, p.lease_xid, p.lease_incarnation) AS lease_columns, p.next_attempt_at - a.recorded_at AS delay FROM payment_outbox_pending AS p JOIN payment_outbox_attempts AS a ON a.outbox_id = p.outbox_id;

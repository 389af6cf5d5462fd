-- Of three sessions that race to complete one payment with one token, one wins and the others are refused.

-- a has three steps (BEGIN, complete, COMMIT), b and c one each: 5! / (3! 1! 1!) = 20 orders.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step begin_a: worker_a
BEGIN;

-- @step complete_a: worker_a
SELECT attempt_no, state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step commit_a: worker_a
COMMIT;

-- @step complete_b: worker_b
SELECT attempt_no, state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step complete_c: worker_c
SELECT attempt_no, state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'FAILED');

-- @check rows: owner
SELECT count(*), count(*) FILTER (WHERE state IN ('DISPATCHED', 'FAILED')) AS terminal FROM payment_outbox_attempts;

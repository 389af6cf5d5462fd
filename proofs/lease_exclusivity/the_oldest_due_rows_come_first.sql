-- Due rows are claimed in the order in which they became due, and those due at one instant in the order of their arrival.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 4) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup due: owner
UPDATE payment_outbox_pending SET next_attempt_at = '2020-01-01 00:00:00+00'::timestamptz + CASE sequence_id WHEN 1 THEN 3 WHEN 4 THEN 1 ELSE 2 END * interval '1 second';

-- @setup move_the_second_back: owner
UPDATE payment_outbox_pending SET payload = payload WHERE sequence_id = 2;

-- @step claim: worker
SELECT string_agg(sequence_id::text, ' ') AS in_order FROM claim_outbox_batch(3, 'worker-1', 60);

-- @check left: owner
SELECT sequence_id FROM payment_outbox_pending WHERE lease_token IS NULL;

-- A set of outcomes judges each row by the rule of the single completion and answers in the order given.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 6) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT array_agg(outbox_id ORDER BY sequence_id DESC) AS ids, array_agg(lease_token ORDER BY sequence_id DESC) AS tokens FROM claim_outbox_batch(6, 'worker-1', 60) \gset

-- @setup spoil: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second' WHERE sequence_id = 5;

-- @step set: worker
SELECT p.n, c.attempt_no, c.state, c.refused_with
FROM complete_outbox_attempts('worker-1', :'ids', array_replace(:'tokens'::uuid[], (:'tokens'::uuid[])[3], gen_random_uuid()), ARRAY['DISPATCHED', 'DISPATCHED', 'DISPATCHED', 'RETRYABLE', 'FAILED', 'REPAIR_REQUEUED']::payment_outbox_attempt_state[]) WITH ORDINALITY AS c (outbox_id, attempt_no, state, refused_with, refused_constraint, position)
JOIN unnest(:'ids'::uuid[]) WITH ORDINALITY AS p (outbox_id, n) ON p.outbox_id = c.outbox_id
ORDER BY c.position;

-- @step another_worker: worker
SELECT DISTINCT refused_with FROM complete_outbox_attempts('worker-2', :'ids', :'tokens', array_fill('DISPATCHED'::payment_outbox_attempt_state, ARRAY[6]));

-- @check queue: owner
SELECT sequence_id, attempt_count, lease_epoch, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

-- @check ledger: owner
SELECT attempt_no, state, lease_epoch, lease_worker, recorded_by, ended_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

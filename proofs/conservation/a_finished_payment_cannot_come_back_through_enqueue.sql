-- A finished payment cannot come back through enqueue: the same request finds it, with its final state and its number.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 2) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT array_agg(outbox_id ORDER BY sequence_id) AS ids, array_agg(lease_token ORDER BY sequence_id) AS tokens FROM claim_outbox_batch(2, 'worker-1', 60) \gset

-- @setup finish: worker
SELECT count(*) FROM complete_outbox_attempts('worker-1', :'ids', :'tokens', '{DISPATCHED,FAILED}');

-- @step dispatched: ingest
SELECT outbox_id = (:'ids'::uuid[])[1] AS same, sequence_id, state FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{}');

-- @step failed: ingest
SELECT outbox_id = (:'ids'::uuid[])[2] AS same, sequence_id, state FROM enqueue_payment_outbox('instruction-2', 'participant-1', 'key-1', 'sepa', '{}');

-- @step next: ingest
SELECT sequence_id FROM enqueue_payment_outbox('instruction-3', 'participant-1', 'key-1', 'sepa', '{}');

-- @check queue: owner
SELECT sequence_id, attempt_count, lease_epoch, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

-- A payment that stands in a set twice is completed once; a refused one is refused twice, for its own reason, and does not use up the turn of the other.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 2) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT (array_agg(outbox_id ORDER BY sequence_id))[1] AS a, (array_agg(lease_token ORDER BY sequence_id))[1] AS token_a, (array_agg(outbox_id ORDER BY sequence_id))[2] AS b, (array_agg(lease_token ORDER BY sequence_id))[2] AS token_b FROM claim_outbox_batch(2, 'worker-1', 60) \gset

-- @step set: worker
SELECT attempt_no, state, refused_with FROM complete_outbox_attempts('worker-1', ARRAY[:'a', :'b', :'a', :'b', :'b', :'b']::uuid[], ARRAY[:'token_a', :'token_b', :'token_a', :'token_b', :'token_b', :'token_b']::uuid[], '{REPAIR_REQUEUED,REPAIR_REQUEUED,REPAIR_REQUEUED,RETRYABLE,DISPATCHED,REPAIR_REQUEUED}');

-- @check ledger: owner
SELECT sequence_id, attempt_no, state FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

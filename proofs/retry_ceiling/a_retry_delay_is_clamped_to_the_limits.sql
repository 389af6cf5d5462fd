-- A retry delay cannot park a payment for ever, nor make it due in the past.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 5) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT array_agg(outbox_id ORDER BY sequence_id) AS ids, array_agg(lease_token ORDER BY sequence_id) AS tokens FROM claim_outbox_batch(5, 'worker-1', 60) \gset

-- @step longest: worker
SELECT state FROM complete_outbox_attempt((:'ids'::uuid[])[1], (:'tokens'::uuid[])[1], 'worker-1', 'RETRYABLE', p_retry_delay_seconds => 2147483647);

-- @step negative: worker
SELECT state FROM complete_outbox_attempt((:'ids'::uuid[])[2], (:'tokens'::uuid[])[2], 'worker-1', 'RETRYABLE', p_retry_delay_seconds => -2147483648);

-- @step default: worker
SELECT state FROM complete_outbox_attempt((:'ids'::uuid[])[3], (:'tokens'::uuid[])[3], 'worker-1', 'RETRYABLE');

-- @step set: worker
SELECT count(*) FROM complete_outbox_attempts('worker-1', (:'ids'::uuid[])[4:5], (:'tokens'::uuid[])[4:5], '{RETRYABLE,RETRYABLE}', p_retry_delays_seconds => '{2147483647,-1}') WHERE refused_with IS NULL;

-- @check delays: owner
SELECT p.sequence_id, extract(epoch FROM p.next_attempt_at - a.recorded_at)::integer AS seconds FROM payment_outbox_pending AS p JOIN payment_outbox_attempts AS a ON a.outbox_id = p.outbox_id ORDER BY p.sequence_id;

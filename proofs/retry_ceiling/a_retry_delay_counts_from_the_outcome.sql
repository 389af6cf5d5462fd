-- The delay of a retry counts from its outcome, however long the payment had been due, alone or in a set.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 2) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup long_due: owner
UPDATE payment_outbox_pending SET next_attempt_at = '2020-01-01 00:00:00+00';

-- @setup claim: worker
SELECT array_agg(outbox_id ORDER BY sequence_id) AS ids, array_agg(lease_token ORDER BY sequence_id) AS tokens FROM claim_outbox_batch(2, 'worker-1', 60) \gset

-- @step alone: worker
SELECT state FROM complete_outbox_attempt((:'ids'::uuid[])[1], (:'tokens'::uuid[])[1], 'worker-1', 'RETRYABLE', p_retry_delay_seconds => 60);

-- @step set: worker
SELECT state FROM complete_outbox_attempts('worker-1', (:'ids'::uuid[])[2:2], (:'tokens'::uuid[])[2:2], '{RETRYABLE}', p_retry_delays_seconds => '{60}');

-- @check delays: owner
SELECT p.sequence_id, p.next_attempt_at - a.recorded_at AS delay FROM payment_outbox_pending AS p JOIN payment_outbox_attempts AS a ON a.outbox_id = p.outbox_id ORDER BY p.sequence_id;

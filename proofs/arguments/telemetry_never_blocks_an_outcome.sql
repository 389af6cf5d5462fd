-- Bad telemetry never blocks an outcome: it is clamped or cut, and what is absent stays absent.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 4) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT array_agg(outbox_id ORDER BY sequence_id) AS ids, array_agg(lease_token ORDER BY sequence_id) AS tokens FROM claim_outbox_batch(4, 'worker-1', 60) \gset

-- @step bad: worker
SELECT state FROM complete_outbox_attempt((:'ids'::uuid[])[1], (:'tokens'::uuid[])[1], 'worker-1', 'DISPATCHED', repeat('r', 201), repeat('c', 65), repeat('e', 65), repeat('m', 2001), -5);

-- @step none: worker
SELECT state FROM complete_outbox_attempt((:'ids'::uuid[])[2], (:'tokens'::uuid[])[2], 'worker-1', 'DISPATCHED');

-- @step set: worker
SELECT count(*) FROM complete_outbox_attempts('worker-1', (:'ids'::uuid[])[3:4], (:'tokens'::uuid[])[3:4], '{DISPATCHED,DISPATCHED}', ARRAY[repeat('r', 201), NULL], ARRAY[repeat('c', 65), NULL], ARRAY[repeat('e', 65), NULL], ARRAY[repeat('m', 2001), NULL], ARRAY[-5, NULL]) WHERE refused_with IS NULL;

-- @check stored: owner
SELECT sequence_id, length(rail_reference), length(rail_code), length(error_code), length(error_message), latency_ms FROM payment_outbox_attempts ORDER BY sequence_id;

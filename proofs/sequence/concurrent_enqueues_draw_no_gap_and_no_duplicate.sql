-- Concurrent enqueues of one participant draw numbers without a gap and without a duplicate, also when one rolls back.

-- @step begin_a: ingest_a
BEGIN;

-- @step enqueue_a: ingest_a
SELECT sequence_id FROM enqueue_payment_outbox('instruction-a', 'participant-1', 'key-1', 'sepa', '{}');

-- @step rollback_a: ingest_a
ROLLBACK;

-- @step enqueue_b: ingest_b
SELECT sequence_id FROM enqueue_payment_outbox('instruction-b', 'participant-1', 'key-1', 'sepa', '{}');

-- @step enqueue_c: ingest_c
SELECT sequence_id FROM enqueue_payment_outbox('instruction-c', 'participant-1', 'key-1', 'sepa', '{}');

-- @check numbers: owner
SELECT string_agg(sequence_id::text, ' ' ORDER BY sequence_id), (SELECT next_sequence_id FROM participant_outbox_sequences) FROM payment_outbox_pending;

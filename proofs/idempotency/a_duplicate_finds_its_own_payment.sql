-- A duplicate finds its own payment and number among others that are pending.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 3) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @step again: ingest
SELECT string_agg(e.sequence_id::text, ' ' ORDER BY n) AS numbers FROM generate_series(1, 3) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}') AS e;

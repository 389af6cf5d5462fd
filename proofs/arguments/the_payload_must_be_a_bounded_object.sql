-- A payload must be a JSON object of at most 65536 bytes; anything else leaves nothing behind.

-- @step array: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '[]');

-- @step json_null: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', 'null');

-- @step string: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '"s"');

-- @step number: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '1');

-- @step sql_null: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', NULL);

-- @step large: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', jsonb_build_object('a', repeat('x', 65528)));

-- @step swollen: ingest
-- A dozen bytes on the wire, 65536 digits as jsonb: what is stored and sent counts, not what was typed.
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"a": 1e65535}');

-- @step multibyte: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', jsonb_build_object('a', repeat('é', 32764)));

-- @step largest: ingest
SELECT sequence_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', jsonb_build_object('a', repeat('x', 65527)));

-- @check rows: owner
SELECT octet_length(payload::text), (SELECT count(*) FROM payment_outbox_keys) FROM payment_outbox_pending;

-- The rail_type is 1 to 64 printable ASCII characters without a blank; anything else leaves nothing behind.

-- @step empty: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', '', '{}');

-- @step blank: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', ' ', '{}');

-- @step trailing: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'x ', '{}');

-- @step decomposed: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', U&'e\0301', '{}');

-- @step zero_width: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', U&'x\200B', '{}');

-- @step newline: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', E'x\n', '{}');

-- @step delete: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', E'x\x7f', '{}');

-- @step long: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', repeat('x', 65), '{}');

-- @step nothing: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', NULL, '{}');

-- @step longest: ingest
SELECT sequence_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', repeat('~', 64), '{}');

-- @step shortest: ingest
SELECT state FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', '!', '{}');

-- @check rows: owner
SELECT count(*), (SELECT count(*) FROM payment_outbox_keys) FROM payment_outbox_pending;

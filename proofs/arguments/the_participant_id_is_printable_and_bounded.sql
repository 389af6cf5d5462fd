-- The participant_id is 1 to 128 printable ASCII characters without a blank; anything else leaves nothing behind.

-- @step empty: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', '', 'key-1', 'sepa', '{}');

-- @step blank: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', ' ', 'key-1', 'sepa', '{}');

-- @step trailing: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'x ', 'key-1', 'sepa', '{}');

-- @step decomposed: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', U&'e\0301', 'key-1', 'sepa', '{}');

-- @step zero_width: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', U&'x\200B', 'key-1', 'sepa', '{}');

-- @step newline: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', E'x\n', 'key-1', 'sepa', '{}');

-- @step delete: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', E'x\x7f', 'key-1', 'sepa', '{}');

-- @step long: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', repeat('x', 129), 'key-1', 'sepa', '{}');

-- @step nothing: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', NULL, 'key-1', 'sepa', '{}');

-- @step longest: ingest
SELECT sequence_id FROM enqueue_payment_outbox('instruction-1', repeat('~', 128), 'key-1', 'sepa', '{}');

-- @step shortest: ingest
SELECT state FROM enqueue_payment_outbox('instruction-1', '!', 'key-1', 'sepa', '{}');

-- @check rows: owner
SELECT count(*), (SELECT count(*) FROM payment_outbox_keys) FROM payment_outbox_pending;

-- The idempotency_key is 1 to 128 printable ASCII characters without a blank; anything else leaves nothing behind.

-- @step empty: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', '', 'sepa', '{}');

-- @step blank: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', ' ', 'sepa', '{}');

-- @step trailing: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'x ', 'sepa', '{}');

-- @step decomposed: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', U&'e\0301', 'sepa', '{}');

-- @step zero_width: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', U&'x\200B', 'sepa', '{}');

-- @step newline: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', E'x\n', 'sepa', '{}');

-- @step delete: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', E'x\x7f', 'sepa', '{}');

-- @step long: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', repeat('x', 129), 'sepa', '{}');

-- @step nothing: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', NULL, 'sepa', '{}');

-- @step longest: ingest
SELECT sequence_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', repeat('~', 128), 'sepa', '{}');

-- @step shortest: ingest
SELECT state FROM enqueue_payment_outbox('instruction-1', 'participant-1', '!', 'sepa', '{}');

-- @check rows: owner
SELECT count(*), (SELECT count(*) FROM payment_outbox_keys) FROM payment_outbox_pending;

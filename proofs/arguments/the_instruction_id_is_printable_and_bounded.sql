-- The instruction_id is 1 to 128 printable ASCII characters without a blank; anything else leaves nothing behind.

-- @step empty: ingest
SELECT * FROM enqueue_payment_outbox('', 'participant-1', 'key-1', 'sepa', '{}');

-- @step blank: ingest
SELECT * FROM enqueue_payment_outbox(' ', 'participant-1', 'key-1', 'sepa', '{}');

-- @step trailing: ingest
SELECT * FROM enqueue_payment_outbox('x ', 'participant-1', 'key-1', 'sepa', '{}');

-- @step decomposed: ingest
SELECT * FROM enqueue_payment_outbox(U&'e\0301', 'participant-1', 'key-1', 'sepa', '{}');

-- @step zero_width: ingest
SELECT * FROM enqueue_payment_outbox(U&'x\200B', 'participant-1', 'key-1', 'sepa', '{}');

-- @step newline: ingest
SELECT * FROM enqueue_payment_outbox(E'x\n', 'participant-1', 'key-1', 'sepa', '{}');

-- @step delete: ingest
SELECT * FROM enqueue_payment_outbox(E'x\x7f', 'participant-1', 'key-1', 'sepa', '{}');

-- @step long: ingest
SELECT * FROM enqueue_payment_outbox(repeat('x', 129), 'participant-1', 'key-1', 'sepa', '{}');

-- @step nothing: ingest
SELECT * FROM enqueue_payment_outbox(NULL, 'participant-1', 'key-1', 'sepa', '{}');

-- @step longest: ingest
SELECT sequence_id FROM enqueue_payment_outbox(repeat('~', 128), 'participant-1', 'key-1', 'sepa', '{}');

-- @step shortest: ingest
SELECT state FROM enqueue_payment_outbox('!', 'participant-1', 'key-1', 'sepa', '{}');

-- @check rows: owner
SELECT count(*), (SELECT count(*) FROM payment_outbox_keys) FROM payment_outbox_pending;

-- The order of keys and the spacing of a JSON payload do not make a conflict.

-- @step first: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"a":1,"b":2}') \gset

-- @step second: ingest
SELECT outbox_id = :'outbox_id' AS same FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{ "b": 2,   "a": 1 }');

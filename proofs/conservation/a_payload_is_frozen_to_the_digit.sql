-- A payload is frozen to the digit: 10 does not become 10.0, which is another request to the registry and to the rail.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": 10}') \gset

-- @step change: control
UPDATE payment_outbox_pending SET payload = '{"amount": 10.0}';

-- @check payload: owner
SELECT payload::text FROM payment_outbox_pending;

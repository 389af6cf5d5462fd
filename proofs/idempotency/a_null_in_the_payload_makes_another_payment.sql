-- A payload with a null in it is another payload than the same without it.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00", "purpose": null}') \gset

-- @step without: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}');

-- @check queue: owner
SELECT payload FROM payment_outbox_pending;

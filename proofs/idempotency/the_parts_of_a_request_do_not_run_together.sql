-- A request whose participant and rail are cut at another place is another request, even where the two written together read alike.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'bank-1', '0-key', '0sepa', '{"amount": "10.00"}') \gset

-- @step cut_elsewhere: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'bank-10', '0-key', 'sepa', '{"amount": "10.00"}');

-- @step with_quotes: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'bank-1","0sepa', '0-key', '', '{"amount": "10.00"}');

-- @check queue: owner
SELECT participant_id, rail_type FROM payment_outbox_pending;

-- A request whose payment was lost, as by the restore of one table, is reported to its caller and never quietly made again.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup lose: owner
SET session_replication_role = replica;
DELETE FROM payment_outbox_pending;

-- @step ask: ingest
SELECT * FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}');

-- @check queue: owner
SELECT sequence_id, attempt_count, lease_epoch, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

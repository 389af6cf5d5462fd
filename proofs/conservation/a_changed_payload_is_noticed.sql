-- A payload that was changed behind the triggers' back no longer fits its registered hash, and a standing invariant notices.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step forge: owner
SET session_replication_role = replica;
UPDATE payment_outbox_pending SET payload = '{"amount": "10000.00"}';

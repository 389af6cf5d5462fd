-- The registry of requests is append-only: nobody updates, deletes or truncates it, triggers off or not.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step update: owner
UPDATE payment_outbox_keys SET request_hash = '';

-- @step delete: owner
DELETE FROM payment_outbox_keys;

-- @step truncate: owner
TRUNCATE payment_outbox_keys CASCADE;

-- @step update_as_replica: owner
SET session_replication_role = replica;
UPDATE payment_outbox_keys SET request_hash = '';

-- @step delete_as_replica: owner
DELETE FROM payment_outbox_keys;

-- @step truncate_as_replica: owner
TRUNCATE payment_outbox_keys CASCADE;

-- @step update_by_definer: control
UPDATE payment_outbox_keys SET request_hash = '';

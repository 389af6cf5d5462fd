-- The owner of the functions can neither change the ledger nor disarm what guards it.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup complete: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step update: control
UPDATE payment_outbox_attempts SET state = 'FAILED';

-- @step delete: control
DELETE FROM payment_outbox_attempts;

-- @step truncate: control
TRUNCATE payment_outbox_attempts;

-- @step disable: control
ALTER TABLE payment_outbox_attempts DISABLE TRIGGER ALL;

-- @step drop_trigger: control
DROP TRIGGER payment_outbox_attempts_append_only ON payment_outbox_attempts;

-- @step rule: control
CREATE RULE quiet AS ON INSERT TO payment_outbox_attempts DO INSTEAD NOTHING;

-- @step trigger: control
CREATE TRIGGER quiet BEFORE INSERT ON payment_outbox_attempts FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();

-- @step drop_table: control
DROP TABLE payment_outbox_attempts;

-- @step drop_index: control
DROP INDEX payment_outbox_attempts_one_terminal_per_outbox;

-- @step replica: control
SET session_replication_role = replica;

-- @step create: control
CREATE TABLE public.payment_outbox_shadow (a integer);

-- @check ledger: owner
SELECT attempt_no, state, lease_epoch, lease_worker, recorded_by, ended_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

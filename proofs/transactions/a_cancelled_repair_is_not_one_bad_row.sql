-- A repair that is cancelled, as by a statement timeout, fails whole and is not taken for one bad row.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @step begin: owner
BEGIN;

-- @step barrier: owner
LOCK TABLE payment_outbox_attempts IN ACCESS EXCLUSIVE MODE;

-- @step repair: repairer
SET statement_timeout = '50ms';
SELECT * FROM repair_expired_leases(10, 'repairer-1');

-- @step release: owner
COMMIT;

-- @step later: repairer
RESET statement_timeout;
SELECT attempt_no, state FROM repair_expired_leases(10, 'repairer-1');

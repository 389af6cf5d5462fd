-- Temporary tables of the same names do not divert lease repair.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @setup shadow: repairer
CREATE TEMP TABLE payment_outbox_pending (outbox_id uuid, lease_token uuid, lease_expires_at timestamptz);
CREATE TEMP TABLE payment_outbox_attempts (outbox_id uuid, attempt_no integer);
CREATE TEMP TABLE outbox_settings AS SELECT 1 AS retry_ceiling, 0 AS retry_delay_seconds;
GRANT ALL ON pg_temp.payment_outbox_pending, pg_temp.payment_outbox_attempts, pg_temp.outbox_settings TO PUBLIC;

-- @step repair: repairer
SELECT outbox_id = :'outbox_id' AS real, attempt_no, state FROM repair_expired_leases(10, 'repairer-1');

-- @check ledger: owner
SELECT attempt_no, state, lease_epoch, lease_worker, recorded_by, ended_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

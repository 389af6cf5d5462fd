-- A lease repair under REPEATABLE READ that meets a committed one fails whole and is not taken for one bad row.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @step begin: repairer_a
BEGIN ISOLATION LEVEL REPEATABLE READ;

-- @step snapshot: repairer_a
SELECT pending_count FROM supervisor_outbox_status;

-- @step other: repairer_b
SELECT state FROM repair_expired_leases(10, 'repairer-b');

-- @step repair: repairer_a
SELECT * FROM repair_expired_leases(10, 'repairer-a');

-- @step rollback: repairer_a
ROLLBACK;

-- @check ledger: owner
SELECT attempt_no, state, lease_epoch, lease_worker, recorded_by, ended_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

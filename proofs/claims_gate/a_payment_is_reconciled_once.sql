-- A reconciliation holds the payment from the judgement to the end: a second one that comes meanwhile waits and finds nothing pending.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @setup close: owner
SELECT close_outbox_claims('restore drill');

-- @step barrier: owner
BEGIN;
LOCK TABLE payment_outbox_attempts IN SHARE MODE;

-- @step first: owner_a
SELECT reconcile_dispatched_payment(:'outbox_id', 'ref-1', 'reconciler-a');

-- @step second: owner_b
SELECT reconcile_dispatched_payment(:'outbox_id', 'ref-1', 'reconciler-b');

-- @step open: owner
COMMIT;

-- @check ledger: owner
SELECT attempt_no, state, recorded_by FROM payment_outbox_attempts ORDER BY attempt_no;

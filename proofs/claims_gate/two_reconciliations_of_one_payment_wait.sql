-- Two reconciliations of one payment at once: the second waits and finds it finished.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup close: owner
SELECT close_outbox_claims('drill');

-- @step begin: owner_a
BEGIN;

-- @step first: owner_a
SELECT reconcile_dispatched_payment(:'outbox_id', 'ref', 'reconciler-a');

-- @step second: owner_b
SELECT reconcile_dispatched_payment(:'outbox_id', 'ref', 'reconciler-b');

-- @step commit: owner_a
COMMIT;

-- @check ledger: owner
SELECT attempt_no, state, lease_epoch, lease_worker, recorded_by, ended_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

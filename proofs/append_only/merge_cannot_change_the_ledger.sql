-- MERGE that updates or deletes matched ledger rows is refused.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup complete: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step update: owner
MERGE INTO payment_outbox_attempts AS a USING (SELECT 1) AS s ON true WHEN MATCHED THEN UPDATE SET state = 'FAILED';

-- @step delete: owner
MERGE INTO payment_outbox_attempts AS a USING (SELECT 1) AS s ON true WHEN MATCHED THEN DELETE;

-- @check ledger: owner
SELECT attempt_no, state, lease_epoch, lease_worker, recorded_by, ended_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

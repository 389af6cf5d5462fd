-- A temporary ledger does not swallow the outcome.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup shadow: worker
CREATE TEMP TABLE payment_outbox_attempts (outbox_id uuid, attempt_no integer, state text);
GRANT ALL ON pg_temp.payment_outbox_attempts TO PUBLIC;

-- @step complete: worker
SELECT attempt_no, state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @step shadow_rows: worker
SELECT count(*) FROM pg_temp.payment_outbox_attempts;

-- @check ledger: owner
SELECT attempt_no, state, lease_epoch, lease_worker, recorded_by, ended_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

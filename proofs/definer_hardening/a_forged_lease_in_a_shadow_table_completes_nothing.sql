-- A forged lease in a temporary table of the same name completes nothing.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup shadow: worker
CREATE TEMP TABLE payment_outbox_pending AS SELECT :'outbox_id'::uuid AS outbox_id, '00000000-0000-0000-0000-000000000001'::uuid AS lease_token, 'worker-1' AS claimed_by, now() + interval '1 hour' AS lease_expires_at;
GRANT ALL ON pg_temp.payment_outbox_pending TO PUBLIC;

-- @step attack: worker
SELECT * FROM complete_outbox_attempt(:'outbox_id', '00000000-0000-0000-0000-000000000001', 'worker-1', 'DISPATCHED');

-- @check ledger: owner
SELECT attempt_no, state, lease_epoch, lease_worker, recorded_by, ended_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

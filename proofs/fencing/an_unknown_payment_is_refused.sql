-- A payment that does not exist cannot be completed.

-- @step attack: worker
SELECT * FROM complete_outbox_attempt(gen_random_uuid(), gen_random_uuid(), 'worker-1', 'DISPATCHED');

-- @step null_payment: worker
SELECT * FROM complete_outbox_attempt(NULL, gen_random_uuid(), 'worker-1', 'DISPATCHED');

-- @check ledger: owner
SELECT attempt_no, state, lease_epoch, lease_worker, recorded_by, ended_by FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

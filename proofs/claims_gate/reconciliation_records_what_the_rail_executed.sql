-- While claims are closed the owner records what the rail executed, ending the lease that was out, and never while a worker could act.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 3) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup ids: owner
SELECT (array_agg(outbox_id ORDER BY sequence_id))[1] AS first, (array_agg(outbox_id ORDER BY sequence_id))[2] AS second, (array_agg(outbox_id ORDER BY sequence_id))[3] AS third FROM payment_outbox_pending \gset

-- @setup claim: worker
SELECT count(*) FROM claim_outbox_batch(2, 'worker-1', 60);

-- @step while_open: owner
SELECT reconcile_dispatched_payment(:'third', 'ref', 'reconciler');

-- @step close: owner
SELECT close_outbox_claims('restore drill');

-- @step live_lease: owner
SELECT reconcile_dispatched_payment(:'first', 'ref', 'reconciler');

-- @step expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() WHERE sequence_id = 1;

-- @step expired_lease: owner
SELECT reconcile_dispatched_payment(:'first', 'ref-1', 'reconciler');

-- @step unleased: owner
SELECT reconcile_dispatched_payment(:'third', 'ref-3', 'reconciler');

-- @step again: owner
SELECT reconcile_dispatched_payment(:'third', 'ref-3', 'reconciler');

-- @step unknown: owner
SELECT reconcile_dispatched_payment(gen_random_uuid(), 'ref', 'reconciler');

-- @step nobody: owner
SELECT reconcile_dispatched_payment(:'second', 'ref', NULL);

-- @check history: owner
SELECT sequence_id, attempt_no, state, ended_by, lease_worker, recorded_by, rail_reference, error_code FROM payment_outbox_attempts ORDER BY sequence_id, attempt_no;

-- @check queue: owner
SELECT sequence_id, attempt_count, lease_epoch, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

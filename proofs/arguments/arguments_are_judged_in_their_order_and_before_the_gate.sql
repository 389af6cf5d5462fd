-- The first wrong argument is the one that is named, and every argument is judged before it is asked whether claims are open.

-- @setup close: owner
SELECT close_outbox_claims('restore drill');

-- @step claim_all_wrong: worker
SELECT * FROM claim_outbox_batch(0, NULL, 0);

-- @step claim_worker_wrong: worker
SELECT * FROM claim_outbox_batch(1, NULL, 0);

-- @step claim_seconds_wrong: worker
SELECT * FROM claim_outbox_batch(1, 'worker-1', 0);

-- @step claim_closed: worker
SELECT * FROM claim_outbox_batch(1, 'worker-1', 60);

-- @step repair_all_wrong: worker
SELECT * FROM repair_expired_leases(0, NULL);

-- @step repair_worker_wrong: worker
SELECT * FROM repair_expired_leases(1, NULL);

-- @step repair_closed: worker
SELECT * FROM repair_expired_leases(1, 'worker-1');

-- The batch bound holds under any plan that the caller can force.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 12) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @step claim: worker
SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_sort = off; SET enable_material = off;
SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_hashagg = off; SET plan_cache_mode = force_generic_plan;
SELECT count(*) FROM claim_outbox_batch(3, 'worker-1', 60);

-- @check leased: owner
SELECT count(*) FROM payment_outbox_pending WHERE lease_token IS NOT NULL;

-- The key is the instruction and the idempotency key together, before and after the payments are finished.

-- @setup enqueue: ingest
SELECT count(DISTINCT e.outbox_id) FROM (VALUES ('i1', 'k1'), ('i1', 'k2'), ('i2', 'k1')) AS r (i, k), enqueue_payment_outbox(r.i, 'participant-1', r.k, 'sepa', '{}') AS e;

-- @setup claim: worker
SELECT array_agg(outbox_id) AS ids, array_agg(lease_token) AS tokens FROM claim_outbox_batch(3, 'worker-1', 60) \gset

-- @setup finish: worker
SELECT count(*) FROM complete_outbox_attempts('worker-1', :'ids', :'tokens', '{DISPATCHED,DISPATCHED,DISPATCHED}') WHERE refused_with IS NULL;

-- @step again: ingest
SELECT count(DISTINCT e.outbox_id), bool_and(e.outbox_id = ANY (:'ids'::uuid[])) AS same, string_agg(DISTINCT e.state, ' ') AS states FROM (VALUES ('i1', 'k1'), ('i1', 'k2'), ('i2', 'k1')) AS r (i, k), enqueue_payment_outbox(r.i, 'participant-1', r.k, 'sepa', '{}') AS e;

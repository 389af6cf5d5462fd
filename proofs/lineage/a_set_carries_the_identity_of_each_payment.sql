-- The ledger rows of a set carry the identity and the payload of each payment.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 3) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-' || n, 'key-' || n, 'rail-' || n, jsonb_build_object('n', n));

-- @setup claim: worker
SELECT array_agg(outbox_id) AS ids, array_agg(lease_token) AS tokens FROM claim_outbox_batch(3, 'worker-1', 60) \gset

-- @setup before: owner
SELECT jsonb_object_agg(outbox_id, to_jsonb(p))::text AS payments FROM payment_outbox_pending AS p \gset

-- @step complete: worker
SELECT count(*) FROM complete_outbox_attempts('worker-1', :'ids', :'tokens', '{DISPATCHED,RETRYABLE,FAILED}') WHERE refused_with IS NULL;

-- @check identity: owner
SELECT count(*), count(*) FILTER (WHERE to_jsonb(a) @> jsonb_build_object('outbox_id', k.value -> 'outbox_id', 'instruction_id', k.value -> 'instruction_id', 'participant_id', k.value -> 'participant_id', 'sequence_id', k.value -> 'sequence_id', 'idempotency_key', k.value -> 'idempotency_key', 'rail_type', k.value -> 'rail_type', 'payload', k.value -> 'payload', 'lease_epoch', k.value -> 'lease_epoch', 'lease_token', k.value -> 'lease_token', 'leased_at', k.value -> 'leased_at', 'lease_worker', 'worker-1', 'recorded_by', 'worker-1', 'ended_by', 'COMPLETION')) AS equal
FROM payment_outbox_attempts AS a JOIN jsonb_each(:'payments'::jsonb) AS k ON k.key = a.outbox_id::text;

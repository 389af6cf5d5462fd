-- Even where two leases share a token by forgery, an outcome ends the lease of its own payment alone.

-- @setup enqueue: ingest
SELECT count(*) FROM generate_series(1, 5) AS n, enqueue_payment_outbox('instruction-' || n, 'participant-1', 'key-1', 'sepa', '{}');

-- @setup claim: worker
SELECT array_agg(outbox_id ORDER BY sequence_id) AS ids FROM claim_outbox_batch(5, 'worker-1', 60) \gset

-- @setup forge: owner
SET session_replication_role = replica;
UPDATE payment_outbox_pending SET lease_token = '11111111-1111-4111-8111-111111111111';

-- @step dispatched: worker
SELECT state FROM complete_outbox_attempt((:'ids'::uuid[])[1], '11111111-1111-4111-8111-111111111111', 'worker-1', 'DISPATCHED');

-- @step retryable: worker
SELECT state FROM complete_outbox_attempt((:'ids'::uuid[])[2], '11111111-1111-4111-8111-111111111111', 'worker-1', 'RETRYABLE');

-- @step set: worker
SELECT state, refused_with FROM complete_outbox_attempts('worker-1', (:'ids'::uuid[])[3:4], '{11111111-1111-4111-8111-111111111111,11111111-1111-4111-8111-111111111111}', '{FAILED,RETRYABLE}');

-- @check queue: owner
SELECT sequence_id, attempt_count, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

-- @check ledger: owner
SELECT sequence_id, state FROM payment_outbox_attempts ORDER BY sequence_id;

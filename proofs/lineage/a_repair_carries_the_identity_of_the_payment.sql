-- The ledger row of a repair carries the identity of the payment and the lease that was lost.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @setup before: owner
SELECT to_jsonb(p)::text AS payment FROM payment_outbox_pending AS p \gset

-- @step repair: worker_b
SELECT attempt_no, state FROM repair_expired_leases(10, 'repairer-1');

-- @check identity: owner
SELECT k.key FROM payment_outbox_attempts AS a, jsonb_each(:'payment'::jsonb) AS k WHERE k.key IN ('outbox_id', 'instruction_id', 'participant_id', 'sequence_id', 'idempotency_key', 'rail_type', 'payload', 'lease_epoch', 'lease_token', 'leased_at') AND to_jsonb(a) -> k.key IS DISTINCT FROM k.value;

-- @check why: owner
SELECT error_code, error_message LIKE 'the lease of worker "worker-1" expired at %' AS says_why, latency_ms FROM payment_outbox_attempts;

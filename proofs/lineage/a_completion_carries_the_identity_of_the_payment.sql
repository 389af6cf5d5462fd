-- The ledger row of a completion carries the identity and the payload of the payment.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup before: owner
SELECT to_jsonb(p)::text AS payment FROM payment_outbox_pending AS p \gset

-- @step complete: worker
SELECT state FROM complete_outbox_attempt(:'outbox_id', :'lease_token', 'worker-1', 'DISPATCHED');

-- @check identity: owner
SELECT k.key FROM payment_outbox_attempts AS a, jsonb_each(:'payment'::jsonb) AS k WHERE k.key IN ('outbox_id', 'instruction_id', 'participant_id', 'sequence_id', 'idempotency_key', 'rail_type', 'payload', 'lease_epoch', 'lease_token', 'leased_at') AND to_jsonb(a) -> k.key IS DISTINCT FROM k.value;

-- A claim changes the lease columns of its row and nothing else.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup before: owner
SELECT (to_jsonb(p) - 'lease_token' - 'claimed_by' - 'leased_at' - 'lease_expires_at' - 'lease_xid' - 'lease_incarnation' - 'lease_epoch')::text AS before FROM payment_outbox_pending AS p \gset

-- @step claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @check after: owner
SELECT :'before'::jsonb = to_jsonb(p) - 'lease_token' - 'claimed_by' - 'leased_at' - 'lease_expires_at' - 'lease_xid' - 'lease_incarnation' - 'lease_epoch' AS unchanged, lease_epoch FROM payment_outbox_pending AS p;

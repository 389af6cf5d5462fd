-- A lease cannot be cleared, replaced or given away without its ledger row, not even by the owner of the functions.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step clear: control
UPDATE payment_outbox_pending SET lease_token = NULL, claimed_by = NULL, leased_at = NULL, lease_expires_at = NULL, lease_xid = NULL, lease_incarnation = NULL;

-- @step replace: control
UPDATE payment_outbox_pending SET lease_token = gen_random_uuid(), lease_epoch = lease_epoch + 1;

-- @step give_away: control
UPDATE payment_outbox_pending SET claimed_by = 'worker-2';

-- @step restart: control
UPDATE payment_outbox_pending SET leased_at = leased_at + interval '1 second';

-- @step half_clear: control
UPDATE payment_outbox_pending SET lease_expires_at = NULL;

-- @check queue: owner
SELECT sequence_id, attempt_count, lease_epoch, claimed_by FROM payment_outbox_pending ORDER BY sequence_id;

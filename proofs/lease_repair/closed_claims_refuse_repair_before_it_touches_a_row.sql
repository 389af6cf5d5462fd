-- While claims are closed a repair is refused at once: it does not wait for the ledger and locks no row first.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @setup close: owner
SELECT close_outbox_claims('restore drill');

-- @step barrier: owner
BEGIN;
LOCK TABLE payment_outbox_attempts IN SHARE MODE;

-- @step repair: repairer
SELECT * FROM repair_expired_leases(1, 'repairer-1');

-- @step open: owner
COMMIT;

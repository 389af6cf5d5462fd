-- Half a lease, where its constraint is gone, is noticed by a standing invariant.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @step forge: owner
ALTER TABLE payment_outbox_pending DROP CONSTRAINT payment_outbox_pending_lease_is_whole;
UPDATE payment_outbox_pending SET lease_incarnation = NULL;

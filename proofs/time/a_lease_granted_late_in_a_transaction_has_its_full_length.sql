-- A lease that is granted late in a long transaction has its full length: it counts from the grant, not from the start of the transaction.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step begin: worker
BEGIN;

-- @step start: worker
SELECT now() AS began \gset

-- @step other_work: owner
UPDATE payment_outbox_pending SET next_attempt_at = clock_timestamp();

-- @step claim: worker
SELECT leased_at > :'began'::timestamptz AS counted_from_the_grant, lease_expires_at - leased_at AS lease_length FROM claim_outbox_batch(1, 'worker-1', 60);

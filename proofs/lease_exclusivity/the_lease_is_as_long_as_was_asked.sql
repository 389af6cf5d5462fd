-- A lease is as long as was asked for, in seconds.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step claim: worker
SELECT lease_expires_at - leased_at AS lease_length, abs(extract(epoch FROM clock_timestamp() - leased_at)) < 30 AS granted_now FROM claim_outbox_batch(1, 'worker-1', 90);

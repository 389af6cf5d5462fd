-- What a claim returns is what is stored in the row.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @step claim: worker
SELECT to_jsonb(c)::text AS claimed, lease_token FROM claim_outbox_batch(1, 'worker-1', 60) AS c \gset

-- @check stored: owner
SELECT :'claimed'::jsonb = (to_jsonb(p) - 'next_attempt_at' - 'created_at' - 'lease_xid' - 'lease_incarnation') AS equal FROM payment_outbox_pending AS p;

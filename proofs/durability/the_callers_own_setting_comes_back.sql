-- The durability that a function forced lasts for its transaction alone: the caller's own setting comes back.

-- @step request: ingest
SET synchronous_commit = off;
SELECT count(*) FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{}');
SHOW synchronous_commit;

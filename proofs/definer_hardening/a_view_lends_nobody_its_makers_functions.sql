-- A view with side effects gives its reader no function that the reader may not call: no lease is granted through it.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup own: owner
CREATE SCHEMA own AUTHORIZATION outbox_executor;

-- @setup bait: worker
CREATE VIEW own.bait AS SELECT * FROM public.claim_outbox_batch(1, 'bait', 60);
CREATE VIEW own.repairs AS SELECT * FROM public.repair_expired_leases(1, 'bait');
GRANT USAGE ON SCHEMA own TO PUBLIC;
GRANT SELECT ON own.bait, own.repairs TO PUBLIC;

-- @step read: reader
SELECT * FROM own.bait;

-- @step audit: auditor
SELECT * FROM own.bait;

-- @step ingest_reads: ingest
SELECT * FROM own.repairs;

-- @check queue: owner
SELECT lease_epoch, claimed_by FROM payment_outbox_pending;

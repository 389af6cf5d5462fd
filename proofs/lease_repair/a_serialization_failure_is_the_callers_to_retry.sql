-- A serialization failure inside a repair ends the call with 40001: it is no fault of the row, which would be passed over with a warning.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';
-- The repair's transaction has read what another one then changed and committed, and a third has read the ledger that the repair is about to write.

-- @step pivot_begin: owner_pivot
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT count(*) FROM participant_outbox_sequences;

-- @step out_begin: owner_out
BEGIN ISOLATION LEVEL SERIALIZABLE;
INSERT INTO participant_outbox_sequences VALUES ('participant-2', 1);
COMMIT;

-- @step in_begin: owner_in
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT count(*) FROM payment_outbox_attempts;
SELECT count(*) FROM participant_outbox_sequences;

-- @step repair: owner_pivot
SELECT * FROM repair_expired_leases(1, 'repairer-1');

-- @step pivot_end: owner_pivot
ROLLBACK;

-- @step in_end: owner_in
COMMIT;

-- Lease repair clears an expired lease, books it in the ledger and makes the payment due again a second later.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup expire: owner
UPDATE payment_outbox_pending SET lease_expires_at = clock_timestamp() - interval '1 second';

-- @step repair: repairer
SELECT outbox_id = :'outbox_id' AS same, attempt_no, state FROM repair_expired_leases(10, 'repairer-1');

-- @check row: owner
SELECT num_nonnulls(p.lease_token, p.claimed_by, p.leased_at, p.lease_expires_at, p.lease_xid, p.lease_incarnation) AS lease_columns, p.attempt_count, p.next_attempt_at - a.recorded_at AS delay FROM payment_outbox_pending AS p JOIN payment_outbox_attempts AS a ON a.outbox_id = p.outbox_id;

-- @check too_early: worker
SELECT * FROM claim_outbox_batch(1, 'worker-1', 60);

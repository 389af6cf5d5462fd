-- Reconciliation in a restored database ends a lease of the old incarnation and records the payment even at the ceiling.

-- @setup enqueue: ingest
SELECT outbox_id FROM enqueue_payment_outbox('instruction-1', 'participant-1', 'key-1', 'sepa', '{"amount": "10.00"}') \gset

-- @setup history: owner
SET session_replication_role = replica;
INSERT INTO payment_outbox_attempts (outbox_id, attempt_no, state, instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, lease_epoch, lease_token, lease_worker, leased_at, recorded_by, recorded_at, ended_by)
SELECT outbox_id, n, 'RETRYABLE', instruction_id, participant_id, sequence_id, idempotency_key, rail_type, payload, n, gen_random_uuid(), 'w', now(), 'w', now(), 'COMPLETION' FROM payment_outbox_pending, generate_series(1, 19) AS n;
UPDATE payment_outbox_pending SET attempt_count = 19, lease_epoch = 19;
SET session_replication_role = origin;

-- @setup claim: worker
SELECT lease_token FROM claim_outbox_batch(1, 'worker-1', 60) \gset

-- @setup restore: owner
CREATE OR REPLACE FUNCTION public.outbox_incarnation() RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN 'restored'; END $$;

-- @step reconcile: owner
SELECT reconcile_dispatched_payment(:'outbox_id', 'ref', 'reconciler');

-- @check last: owner
SELECT attempt_no, state, ended_by, lease_epoch FROM payment_outbox_attempts ORDER BY attempt_no DESC LIMIT 2;
